"""Our own elements: pictures stay in the browser and travel once per request."""

from pathlib import Path
from typing import Any

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from portal.errors import PictureError
from portal.inbox import MAX_BYTES, Inbox

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
SAMPLES_URL = "/_portal/samples"
# A picture of the largest size over a slow line: 10 MiB at 2 Mbit/s.
_UPLOAD_SECONDS = 45


def samples() -> list[dict[str, str]]:
    """The sample pictures' names and addresses."""
    return [
        {"name": path.stem.replace("_", " ").capitalize(), "url": f"{SAMPLES_URL}/{path.name}"}
        for path in sorted(SAMPLES.glob("*.jpg"))
    ]


async def read_from(element: Element, inbox: Inbox, *arguments: Any) -> tuple[str, bytes]:
    """Have an element post its picture; its name and bytes. Raises PictureError."""
    with inbox.place() as address:
        try:
            result = await element.run_method("send", address, *arguments, timeout=_UPLOAD_SECONDS)
        except TimeoutError as error:
            raise PictureError("Upload failed", "the picture did not arrive in time; try again") from error
        status = result["status"] if result else "failed"
        data = inbox.picture(address)
    if status == "none":
        raise PictureError("No picture yet", "choose, drop or paste a picture, or take one of the samples")
    if status == "too-large":
        limit = f"the upload is over the limit of {MAX_BYTES / 2**20:g} MiB; scale the picture down"
        raise PictureError("Upload too large", limit)
    if status == "failed" or data is None:
        raise PictureError("Upload failed", "the picture did not reach the portal; try again")
    return result["name"], data


class PictureInput(Element, component="static/picture_input.js"):
    """Choose, drop, paste or take a picture; emits `picked`."""

    def __init__(self, label: str, *, webcam: bool = True, with_samples: bool = True) -> None:
        super().__init__()
        self.key = f"picture-{self.id}"
        self.props["label"] = label
        self.props["picture-key"] = self.key
        self.props["samples"] = samples() if with_samples else []
        self.props["max-bytes"] = MAX_BYTES
        self.props["webcam"] = webcam


class PictureStack(Element, component="static/picture_stack.js"):
    """Choose or drop many pictures, or a whole folder; emits `picked` with their names."""

    def __init__(self, label: str, *, folder: bool = True, with_samples: bool = True) -> None:
        super().__init__()
        self.props["label"] = label
        self.props["samples"] = samples() if with_samples else []
        self.props["max-bytes"] = MAX_BYTES
        self.props["folder"] = folder


class Webcam(Element, component="static/webcam.js"):
    """The webcam's moving picture."""

    async def start(self) -> bool:
        """Ask for the webcam; whether it runs. Waits for the person to allow it."""
        return bool(await self.run_method("start", timeout=60))

    def stop(self) -> None:
        """Let the webcam go."""
        self.run_method("stop")


class PictureView(Element, component="static/picture_view.js"):
    """A picture with an overlay in its own pixels."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.props.update(label=label, overlay="", width=0, height=0)

    def show(self, picture: PictureInput, size: tuple[int, int], overlay: str) -> None:
        """Show the picture of an input with an SVG overlay."""
        self.run_method("show", picture.key)
        self.props.update(width=size[0], height=size[1])
        self.draw(overlay)

    def draw(self, overlay: str) -> None:
        """Another overlay over the same picture."""
        self.props["overlay"] = overlay
        self.update()

    def focus(self, box: tuple[float, float, float, float]) -> None:
        """Zoom to a box (x, y, width, height) in pixels of the picture."""
        self.run_method("focus", *box)


class FaceCrop(Element, component="static/face_crop.js"):
    """One face of a picture that an input holds."""

    def __init__(
        self, picture: PictureInput, label: str, box: tuple[float, float, float, float], size: tuple[int, int]
    ) -> None:
        super().__init__()
        self.props["picture-key"] = picture.key
        self.props["label"] = label
        self.props["box"] = list(box)
        self.props["size"] = list(size)


def text(content: str, classes: str = "", tag: str = "p") -> TextElement:
    """A piece of text in its own tag; never read as HTML."""
    return TextElement(tag=tag, text=content).classes(classes)
