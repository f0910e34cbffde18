"""Errors as RFC 9457 problem details: one exception tree.

ProblemError
|-- MalformedRequestError   400  malformed-request
|-- UnauthenticatedError    401  unauthenticated
|-- ForbiddenError          403  forbidden
|   |-- CrossSiteError          cross-site      (a browser, for another site's page)
|   `-- UrlNotAllowedError      url-not-allowed (gateway.analysis.fetching)
|-- NotFoundError           404  not-found
|-- ConflictError           409  conflict
|   `-- ModelMismatchError  409  model-mismatch
|-- TooLargeError           413  too-large
|-- UnsupportedImageError   415  unsupported-image
|-- UnknownHostError        421  unknown-host    (the `Host` is none of ours)
|-- InvalidRequestError     422  invalid-request
|   |-- UndecodableImageError  undecodable-image
|   |-- TooManyPixelsError     too-many-pixels
|   |-- NoFaceError            no-face
|   |-- SeveralFacesError      several-faces
|   |-- LowQualityError        low-quality              (gateway.identities.quality)
|   |-- NotFetchedError        not-fetched              (gateway.analysis.fetching)
|   `-- KeyReusedError         idempotency-key-reused   (gateway.identities.faces)
|-- OverloadedError         429  overloaded      (queue full)
|   `-- RateLimitedError         rate-limited    (the key's own limit)
|       `-- TooManyWrongKeysError  too-many-wrong-keys  (of one address)
|-- InternalError           500  internal
|-- NotServedError          501  not-served      (no model for the task in this server)
|-- BadUpstreamError        502  bad-upstream
|-- UnavailableError        503  unavailable
|-- DeadlineError           504  deadline
`-- PassedOnError                what a service found with the request, as it said it (gateway.upstreams.calls)
"""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from contracts.patterns import IN_WORDS
from contracts.problems import FieldError, Problem
from web.requests import request_id_of, trace_id_of


class ProblemError(Exception):
    """An error that knows how a client shall see it."""

    status: int = 500
    type: str = "internal"
    title: str = "Internal error"
    remedy: str = "Report it with its `request_id`: the server's log line of that id says more."
    """What to do about it, for docs/errors.md."""

    def __init__(
        self, detail: str, *, errors: list[FieldError] | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors or []
        self.retry_after = retry_after

    def problem(self, request: Request) -> Problem:
        """This error as an RFC 9457 problem."""
        return problem_of(request, self.status, self.type, self.title, self.detail, self.errors)


class MalformedRequestError(ProblemError):
    """The request cannot be read at all."""

    status, type, title = 400, "malformed-request", "Malformed request"
    remedy = "Send multipart/form-data or JSON as the route's example shows; `errors` names the field."


class UnauthenticatedError(ProblemError):
    """A key is needed and none that is valid came."""

    status, type, title = 401, "unauthenticated", "A valid API key is needed"
    remedy = "Send a key as `X-API-Key` or `Authorization: Bearer`; create one with `hexaface keys create`."


class ForbiddenError(ProblemError):
    """The key lacks the scope."""

    status, type, title = 403, "forbidden", "The key does not allow this"
    remedy = "Use a key with the scope that `detail` names."


class CrossSiteError(ForbiddenError):
    """A browser sent this for a page of another site."""

    type, title = "cross-site", "Another site's page may not do this"
    remedy = (
        "Call the API from a program or from its own pages, or name the site in `HEXAFACE_ALLOWED_ORIGINS`."
    )


class NotFoundError(ProblemError):
    """There is no such thing, or not for this key."""

    status, type, title = 404, "not-found", "Not found"
    remedy = "Check the id and the route; another tenant's things look the same."


class ConflictError(ProblemError):
    """The request contradicts what is stored."""

    status, type, title = 409, "conflict", "Conflict"
    remedy = "Read what is stored, then decide: another id, or a change of the one there is."


class ModelMismatchError(ConflictError):
    """Embeddings of two different models were about to be compared."""

    type, title = "model-mismatch", "Embeddings of different models cannot be compared"
    remedy = "Embed again with the model that the collection is pinned to (`GET /v1/collections/{c}`)."


class TooLargeError(ProblemError):
    """An upload is over the byte limit."""

    status, type, title = 413, "too-large", "Upload too large"
    remedy = "Send fewer or smaller files; `detail` names the limit."


class UnsupportedImageError(ProblemError):
    """The bytes are not a picture in a supported format."""

    status, type, title = 415, "unsupported-image", "Not a supported image"
    remedy = "Send a JPEG, PNG, WebP, BMP, GIF, TIFF, AVIF or HEIC picture."


class UnknownHostError(ProblemError):
    """The request names a host that is not this server: somebody's DNS may point here (DNS rebinding)."""

    status, type, title = 421, "unknown-host", "This server does not answer to that name"
    remedy = "Use the server's address, or name the host in `HEXAFACE_ALLOWED_HOSTS`."


class InvalidRequestError(ProblemError):
    """The request can be read but not carried out as it stands."""

    status, type, title = 422, "invalid-request", "Invalid request"
    remedy = "Correct the field that `errors` names."


class UndecodableImageError(InvalidRequestError):
    """A picture of a supported format is damaged or truncated."""

    type, title = "undecodable-image", "The picture cannot be decoded"
    remedy = "Send the file again, whole; open it in a viewer to see whether it is damaged."


class TooManyPixelsError(InvalidRequestError):
    """The picture has more pixels than the limit; it was not decoded."""

    type, title = "too-many-pixels", "The picture has too many pixels"
    remedy = "Reduce the picture below the number of pixels that `detail` names."


class NoFaceError(InvalidRequestError):
    """A face is needed and none was found."""

    type, title = "no-face", "No face found"
    remedy = "Send a picture with a visible face, or try `mode=thorough` and a lower `min_score`."


class SeveralFacesError(InvalidRequestError):
    """One face is needed and several were found."""

    type, title = "several-faces", "Several faces found"
    remedy = "Send a picture of one person, or say which face with `face=largest`."


class OverloadedError(ProblemError):
    """The queue is full."""

    status, type, title = 429, "overloaded", "Too many requests at once"
    remedy = "Wait for the seconds of `Retry-After`, then send again; run more replicas if it happens often."


class RateLimitedError(OverloadedError):
    """The key's rate limit is used up."""

    type, title = "rate-limited", "Rate limit reached"
    remedy = "Wait for the seconds of `Retry-After`; the limit belongs to the key."


class TooManyWrongKeysError(RateLimitedError):
    """Too many keys that are not valid came from one address."""

    type, title = "too-many-wrong-keys", "Too many wrong keys"
    remedy = "Correct the key; one that is valid is answered at once, whatever came before."


class InternalError(ProblemError):
    """Our own fault."""


class NotServedError(ProblemError):
    """The task has no model in this server."""

    status, type, title = 501, "not-served", "This server has no model for that"
    remedy = "Ask for what `/v1/models` lists; the operator left the task out, or its licence did (docs/licences.md)."


class BadUpstreamError(ProblemError):
    """A service answered something that is not its contract."""

    status, type, title = 502, "bad-upstream", "A service gave an answer that cannot be read"
    remedy = "Run the same version of gateway and services; the log names the service."


class UnavailableError(ProblemError):
    """A service that is needed is down."""

    status, type, title = 503, "unavailable", "A needed service is unavailable"
    remedy = "Look at `/readyz`, wait for the seconds of `Retry-After`, then send again."


class DeadlineError(ProblemError):
    """The answer was not there in time."""

    status, type, title = 504, "deadline", "The deadline has passed"
    remedy = "Send again with fewer or smaller pictures, or fewer features; `/metrics` shows which service is slow."

    def __init__(self, detail: str, *, retry_after: float = 5) -> None:
        super().__init__(detail, retry_after=retry_after)


def field_errors(error: ValidationError | RequestValidationError) -> list[FieldError]:
    """What pydantic found, one entry per field, never with the value that was sent."""
    found = []
    for entry in error.errors():
        names = [part for part in entry["loc"] if part not in ("body", "query", "path", "header")]
        index = next((part for part in names if isinstance(part, int)), None)
        found.append(
            FieldError(field=".".join(map(str, names)) or "body", reason=_reason(entry), index=index)
        )
    return found


def _reason(entry: Mapping[str, Any]) -> str:
    """What is wrong, in words where pydantic would show a regular expression."""
    return IN_WORDS.get(
        entry.get("ctx", {}).get("pattern", ""), str(entry["msg"]).removeprefix("Value error, ")
    )


def misfit(error: ValidationError | RequestValidationError) -> ProblemError:
    """What a request that does not fit its message deserves: 400 when it is not even JSON, else 422."""
    errors = field_errors(error)
    if any(entry["type"] == "json_invalid" for entry in error.errors()):
        return MalformedRequestError("the body is not valid JSON", errors=errors)
    return InvalidRequestError("; ".join(f"{e.field}: {e.reason}" for e in errors[:3]), errors=errors)


def problem_of(
    request: Request, status: int, kind: str, title: str, detail: str, errors: list[FieldError] | None = None
) -> Problem:
    """A problem with this request's path and ids."""
    return Problem(
        type=kind,
        title=title,
        status=status,
        detail=detail,
        instance=request.url.path,
        request_id=request_id_of(request.scope),
        trace_id=trace_id_of(request.scope),
        errors=errors or [],
    )
