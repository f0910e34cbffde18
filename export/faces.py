"""From picture files to chips, through the detector service itself: decode, detect, align, warp."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

import httpx
import numpy as np
from numpy.typing import NDArray

from contracts.chips import CHIP_SIZE
from contracts.detection import DetectReply, DetectRequest
from contracts.faces import LocatedFace
from contracts.message import MSGPACK
from export.datasets import Archive, Row
from services.detector.app import create_app
from serving.session import ModelInfo
from serving.windows import ChipWindow

_CHIP_SHAPE = (-1, CHIP_SIZE, CHIP_SIZE, 3)
# A picture takes well under a second, but exports share busy machines with trainings; a hang must end all the same.
_SECONDS = 300


@dataclass(frozen=True)
class FaceSet:
    """The subjects of the pictures in which a face was found."""

    rows: list[Row]
    """The label lines of those pictures."""
    chips: NDArray[np.uint8]
    """(len(rows), 256, 256, 3), RGB."""
    missed: list[Row]
    """The label lines of pictures in which no face was found."""

    @property
    def asked(self) -> int:
        """How many pictures were looked at."""
        return len(self.rows) + len(self.missed)

    def column(self, name: str) -> NDArray[np.str_]:
        """One label of every found face."""
        return np.asarray([row[name] for row in self.rows])


def find_faces(archive: Archive, rows: Iterable[Row]) -> FaceSet:
    """Detect the subject of each picture: the face nearest to its middle."""
    asked = list(rows)
    replies = detect_all(archive.read(row["file"]) for row in asked)
    found = [subject_chip(reply) for reply in replies]
    chips = np.zeros((0, CHIP_SIZE, CHIP_SIZE, 3), np.uint8)
    if any(chip is not None for chip in found):
        chips = np.stack([chip for chip in found if chip is not None])
    return FaceSet(
        [row for row, chip in zip(asked, found, strict=True) if chip is not None],
        chips,
        [row for row, chip in zip(asked, found, strict=True) if chip is None],
    )


def windows(name: str, count: int, window: Sequence[int], size: tuple[int, int]) -> NDArray[np.uint8]:
    """What a model sees of `count` training faces of a data set, drawn at random: uint8 (about count, height, width, 3)."""
    archive = Archive(name)
    rows = archive.rows("train")
    Random(3).shuffle(rows)
    x0, y0, x1, y1 = window
    cutter = ChipWindow(ModelInfo(name, name, "0", "", window=(x0, y0, x1, y1), size=size))
    return np.stack([cutter.cut(chip) for chip in find_faces(archive, rows[:count]).chips])


def detect_all(pictures: Iterable[bytes], *, contexts: bool = False) -> list[DetectReply]:
    """The detector service's answers to encoded pictures, with its own default settings; with context crops if wanted."""
    return asyncio.run(_detect_all(pictures, contexts=contexts))


async def _detect_all(pictures: Iterable[bytes], *, contexts: bool) -> list[DetectReply]:
    app = create_app()
    headers = {"Content-Type": MSGPACK, "Accept": MSGPACK}
    replies = []
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://detector") as client,
    ):
        for picture in pictures:
            body = DetectRequest(image=picture, contexts=contexts).to_msgpack()
            async with asyncio.timeout(_SECONDS):
                response = await client.post("/v1/detect", content=body, headers=headers)
            response.raise_for_status()
            replies.append(DetectReply.from_msgpack(response.content))
    return replies


def subject_chip(reply: DetectReply) -> NDArray[np.uint8] | None:
    """The chip of the face nearest to the middle, uint8 (256, 256, 3); None without a face."""
    return face_chips(reply)[most_central(reply)] if reply.faces and reply.chips is not None else None


def face_chips(reply: DetectReply) -> NDArray[np.uint8]:
    """The chips of all faces, uint8 (n, 256, 256, 3)."""
    return np.frombuffer(reply.chips or b"", np.uint8).reshape(_CHIP_SHAPE)


def most_central(reply: DetectReply) -> int:
    """The index of the face nearest to the middle of the picture: data sets put their subject there."""
    middle = np.asarray([reply.image.width, reply.image.height]) / 2

    def offset(face: LocatedFace) -> float:
        box = face.box
        centre = np.asarray([box.x + box.width / 2, box.y + box.height / 2])
        # A passer-by may stand nearer to the exact middle than a large subject: count in units of the face.
        return float(np.linalg.norm(centre - middle) / max(box.width, box.height, 1.0))

    return min(range(len(reply.faces)), key=lambda index: offset(reply.faces[index]))
