"""RFC 9457 problem details: the one shape of every error."""

from pydantic import Field

from contracts.message import Message

PROBLEM_JSON = "application/problem+json"


class FieldError(Message):
    """What is wrong with one field."""

    field: str
    reason: str
    index: int | None = None


class Problem(Message):
    """An error as a client sees it: `type` is stable, `detail` says what to do next."""

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str | None = None
    request_id: str | None = None
    trace_id: str | None = Field(default=None, description="the trace, when tracing is on")
    errors: list[FieldError] = []


class StageProblem(Message):
    """A feature that failed while the rest of the answer stands."""

    feature: str
    type: str
    status: int
    detail: str
