"""The limits behind every route's own: no body is larger, and all of them together take no more memory than allowed."""

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.bodies import MAX_BODY_BYTES, check_length, too_large
from web.problems import OverloadedError, ProblemError, TooLargeError
from web.refusals import refusal


class BodyLimits:
    """An ASGI app whose requests' bodies end at a limit, each and all together; also for what is mounted in it."""

    def __init__(self, app: ASGIApp, *, budget: int, max_bytes: int = MAX_BODY_BYTES) -> None:
        """`budget`: bytes of all bodies whose requests are under way."""
        self._app = app
        self.max_bytes = max_bytes
        self.free = budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(self, scope, receive, send)
        try:
            check_length(Request(scope), self.max_bytes)
            await self._app(scope, body.receive, body.send)
        except TooLargeError as error:
            await body.refuse(error)
        except Exception:
            if not body.refused:  # how the app ends once it has been cut off is nobody's business
                raise
        finally:
            self.free += body.taken


class _Body:
    """One request's body on its way to the app."""

    def __init__(self, limits: BodyLimits, scope: Scope, receive: Receive, send: Send) -> None:
        self._limits = limits
        self._scope, self._receive, self._send = scope, receive, send
        self._started = False
        self.taken = 0
        self.refused = False

    async def receive(self) -> Message:
        """The next piece; past a limit the client gets the problem and the app sees it hang up."""
        if self.refused:
            return {"type": "http.disconnect"}
        message = await self._receive()
        size = len(message.get("body", b""))
        if self.taken + size > self._limits.max_bytes:
            await self.refuse(too_large(self._limits.max_bytes))
        elif size > self._limits.free:
            await self.refuse(
                OverloadedError("too many uploads at once; try again in a moment", retry_after=1)
            )
        else:
            self._limits.free -= size
            self.taken += size
        return {"type": "http.disconnect"} if self.refused else message

    async def send(self, message: Message) -> None:
        """What the app says, unless it was cut off."""
        if not self.refused:
            self._started = True
            await self._send(message)

    async def refuse(self, error: ProblemError) -> None:
        """Answer in the app's place."""
        self.refused = True
        if not self._started:
            await refusal(Request(self._scope), error)(self._scope, self._receive, self._send)
