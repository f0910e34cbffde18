"""What went wrong, in the problem's own words, and what a person can do about it."""

from nicegui import ui
from nicegui.element import Element

from hexaface.client.errors import HexafaceError, ServerProblemError
from portal.controls import button
from portal.elements import text
from portal.errors import PortalError
from portal.keys import ask_for_key

Failure = HexafaceError | PortalError
_NEEDS_KEY = (401, 403)


def in_words(failure: Failure) -> str:
    """A failure in one line."""
    if isinstance(failure, ServerProblemError):
        return f"{failure.problem.title}: {failure.problem.detail}"
    return str(failure)


def show_problem(place: Element, failure: Failure) -> None:
    """Replace what is in `place` by a failure; screen readers say it at once."""
    place.clear()
    with place, ui.element("div").classes("hf-problem").props('role="alert"'):
        if isinstance(failure, ServerProblemError):
            _server_problem(failure)
        elif isinstance(failure, PortalError):
            text(failure.title, tag="strong")
            text(failure.detail, tag="span")
        else:
            text("The HexaFace server does not answer", tag="strong")
            text(str(failure), tag="span")


def _server_problem(failure: ServerProblemError) -> None:
    problem = failure.problem
    text(problem.title, tag="strong")
    text(problem.detail, tag="span")
    for error in problem.errors:
        text(f"{error.field}: {error.reason}", "hf-small", tag="span")
    if failure.retry_after is not None:
        text(f"Try again in {failure.retry_after:.0f} seconds.", tag="span")
    if problem.request_id:
        text(f"{problem.type}, status {problem.status}, request {problem.request_id}", "hf-small", tag="span")
    if problem.status in _NEEDS_KEY:
        button("Enter an API key", ask_for_key)
