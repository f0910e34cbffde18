"""How a call is stated once: its options are a message of `contracts`, spread over the signature; methods follow."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, get_type_hints, overload

from pydantic import ValidationError

from contracts.message import Message
from hexaface.client.call import Call
from hexaface.client.errors import InvalidArgumentError

A = TypeVar("A")
M = TypeVar("M", bound=Message)
P = ParamSpec("P")
X = TypeVar("X")
Y = TypeVar("Y")
Z = TypeVar("Z")


def checked(message: Callable[P, M], *args: P.args, **fields: P.kwargs) -> M:
    """A message, made. Raises InvalidArgumentError for what the server would refuse."""
    try:
        return message(*args, **fields)
    except ValidationError as error:
        reasons = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        raise InvalidArgumentError("; ".join(reasons)) from error


class spread(Generic[P, M]):  # noqa: N801  # a decorator, written as one
    """Gives a call whose last parameter is a message the message's fields as keywords of its own.

    `@spread(EmbedOptions)` over `embed(image, options)` makes `embed(image, *, min_score=..., encoding=...)`. What
    stands before the options can be named too; a type checker takes it by position only (PEP 612 has no other way).
    """

    def __init__(self, message: Callable[P, M]) -> None:
        self._message = message

    @overload
    def __call__(self, call: Callable[[M], A]) -> Callable[P, A]: ...
    @overload
    def __call__(self, call: Callable[[X, M], A]) -> Callable[Concatenate[X, P], A]: ...
    @overload
    def __call__(self, call: Callable[[X, Y, M], A]) -> Callable[Concatenate[X, Y, P], A]: ...
    @overload
    def __call__(self, call: Callable[[X, Y, Z, M], A]) -> Callable[Concatenate[X, Y, Z, P], A]: ...
    def __call__(self, call: Callable[..., A]) -> Callable[..., A]:
        """The call with the fields in place of the message."""
        kind = self._message
        assert isinstance(kind, type)  # noqa: S101  # typed as what it is called like, to keep the fields' types
        assert issubclass(kind, Message)  # noqa: S101  # for the type checker
        *before, options = inspect.signature(call).parameters.values()

        @wraps(call)
        def spread_call(*args: Any, **given: Any) -> A:
            fields = {name: given.pop(name) for name in list(given) if name in kind.model_fields}
            return call(*args, **given, **{options.name: checked(kind, **fields)})

        signature = inspect.signature(call).replace(parameters=[*before, *_keywords(kind)])
        spread_call.__signature__ = signature  # type: ignore[attr-defined]  # functions take attributes
        spread_call.__doc__ = _described(call, kind)
        return spread_call


class Sender(Protocol):
    """Carries out calls."""

    def send(self, call: Call[A]) -> A:
        """The answer."""


class AsyncSender(Protocol):
    """Carries out calls for asyncio."""

    def send(self, call: Call[A]) -> Awaitable[A]:
        """The answer."""


def method(call: Callable[P, Call[A]]) -> Callable[Concatenate[Sender, P], A]:
    """A call as a method of the client: the same parameters, the answer at once."""

    @wraps(call)
    def sent(self: Sender, /, *args: P.args, **options: P.kwargs) -> A:
        return self.send(call(*args, **options))

    sent.__signature__ = _as_method(call)  # type: ignore[attr-defined]  # functions take attributes
    return sent


def async_method(call: Callable[P, Call[A]]) -> Callable[Concatenate[AsyncSender, P], Coroutine[Any, Any, A]]:
    """A call as a method of the client for asyncio."""

    @wraps(call)
    async def sent(self: AsyncSender, /, *args: P.args, **options: P.kwargs) -> A:
        return await self.send(call(*args, **options))

    sent.__signature__ = _as_method(call)  # type: ignore[attr-defined]  # functions take attributes
    return sent


def _keywords(kind: type[Message]) -> list[inspect.Parameter]:
    """The fields as keyword-only parameters, those without a default first (a signature's own rule)."""
    hints = get_type_hints(kind)  # without the validators that `Annotated` holds
    return sorted(
        (
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if field.is_required() else field.get_default(),
                annotation=hints[name],
            )
            for name, field in kind.model_fields.items()
        ),
        key=lambda parameter: parameter.default is not inspect.Parameter.empty,
    )


def _described(call: Callable[..., Any], kind: type[Message]) -> str:
    """The docstring with a line for each option that says more than its name."""
    lines = [
        f"    {name}: {field.description}" for name, field in kind.model_fields.items() if field.description
    ]
    text = inspect.cleandoc(call.__doc__ or "")
    return "\n".join([text, "", "Options:", *lines]) if lines else text


def _as_method(call: Callable[..., Any]) -> inspect.Signature:
    """`(image, ...) -> Call[DetectAnswer]` as `(self, image, ...) -> DetectAnswer`."""
    stated = inspect.signature(call)
    self = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    (answer,) = stated.return_annotation.__args__
    return stated.replace(parameters=[self, *stated.parameters.values()], return_annotation=answer)
