"""Latent vector -> synthetic face; seeds to latent vectors, faces to marked PNGs."""

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from serving.batching import Item
from serving.session import ModelInfo

LATENT_DIMENSIONS = 100

# IPTC's digital source type for pictures made by a trained model: the field that viewers and platforms read.
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
    "</rdf:RDF></x:xmpmeta>"
)


class GeneratorModel:
    """The graph maps `latent` float32 (100,) to `image` uint8 (64, 64, 3), RGB."""

    def __init__(self, info: ModelInfo) -> None:
        self._info = info

    def preprocess(self, item: NDArray[np.float32]) -> Item:
        """A latent vector as the graph takes it."""
        return {"latent": item}

    def postprocess(self, outputs: Item) -> NDArray[Any]:
        """The face: uint8 (64, 64, 3), RGB."""
        return outputs["image"]


def latents(seed: int, count: int) -> NDArray[np.float32]:
    """Standard normal latent vectors, float32 (count, 100): the first k are the same whatever the count.

    MT19937 under RandomState: numpy guarantees that its stream never changes, so a seed keeps its faces.
    """
    stream = np.random.RandomState(np.random.MT19937(seed))  # the guarantee above
    return stream.standard_normal((count, LATENT_DIMENSIONS)).astype(np.float32)


def grid(faces: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Faces of one size, row by row in a near-square grid; places left over are black."""
    columns = math.ceil(math.sqrt(len(faces)))
    rows = math.ceil(len(faces) / columns)
    height, width = faces[0].shape[:2]
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for i, face in enumerate(faces):
        top, left = i // columns * height, i % columns * width
        sheet[top : top + height, left : left + width] = face
    return sheet


def marked_png(picture: NDArray[np.uint8], *, model: str, seed: int) -> bytes:
    """A PNG that says in its metadata that it is synthetic, by which model and from which seed."""
    marks = PngInfo()
    marks.add_text("Synthetic", "true")
    marks.add_text("Software", f"HexaFace {model}")
    marks.add_text("Comment", f"A synthetic face; no such person was photographed. Seed {seed}.")
    marks.add_itxt("XML:com.adobe.xmp", _XMP)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", pnginfo=marks)
    return file.getvalue()
