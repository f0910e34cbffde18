"""RFC 9457 problem details: the one shape of every error."""

from pydantic import Field

from contracts.message import Message

PROBLEM_JSON = "application/problem+json"


class FieldError(Message):
    """What is wrong with one field."""

    field: str
    """The name of the field, or `body`."""
    reason: str
    """What is wrong with it."""
    index: int | None = None
    """Which element of a list, from 0."""


class Problem(Message):
    """An error as a client sees it: `type` is stable, `detail` says what to do next."""

    type: str
    """Stable name of the problem, for programs."""
    title: str
    """What went wrong, in general."""
    status: int = Field(ge=400, le=599)
    """The HTTP status."""
    detail: str
    """What was wrong with this request."""
    instance: str | None = None
    """The path of the request."""
    request_id: str | None = None
    """Finds the request in the server's log."""
    trace_id: str | None = Field(default=None, description="the trace, when tracing is on")
    errors: list[FieldError] = []
    """Field by field."""


class StageProblem(Message):
    """A feature that failed while the rest of the answer stands."""

    feature: str
    """The feature that failed."""
    type: str
    """The name of its problem."""
    status: int
    """The status of its problem."""
    detail: str
    """Why it failed."""
