"""What the portal itself can refuse, before the API is asked.

PictureError   there is no picture, it is too large, or it did not arrive
"""


class PictureError(Exception):
    """A picture cannot be sent to the API; the title and the detail are shown as they are."""

    def __init__(self, title: str, detail: str) -> None:
        super().__init__(f"{title}: {detail}")
        self.title = title
        self.detail = detail
