"""What the portal itself can say went wrong, before or without the API.

PortalError         the title and the detail are shown as they are
|-- PictureError    there is no picture, it is too large, or it did not arrive
|-- EntryError      a field is empty, or holds what it cannot
|-- BrowserError    the page's browser does not answer
`-- StudyError      a face could not be judged, so its count would be wrong
"""


class PortalError(Exception):
    """Something that a person can read and act on."""

    def __init__(self, title: str, detail: str) -> None:
        super().__init__(f"{title}: {detail}")
        self.title = title
        self.detail = detail


class PictureError(PortalError):
    """A picture cannot be sent to the API."""


class EntryError(PortalError):
    """A field is empty, or holds what it cannot."""


class BrowserError(PortalError):
    """The browser did not answer in time."""


class StudyError(PortalError):
    """A face could not be judged."""
