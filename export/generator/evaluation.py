"""Measure a generator: in how many of its samples the detector finds a face, and how varied they are."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from export.faces import detect_all
from export.onnx_tools.sessions import Session
from export.recipe import Evaluation
from export.statistics import Share
from services.generator.model import latents

SAMPLES = 500
SEED = 733


def draw(session: Session, count: int = SAMPLES, seed: int = SEED) -> NDArray[np.uint8]:
    """The first `count` faces of a seed, uint8 (count, height, width, 3)."""
    return np.asarray(session({"latent": latents(seed, count)})["image"], np.uint8)


def evaluate(session: Session) -> Evaluation:
    """The share of samples with a face, as the detector service sees their PNGs."""
    replies = detect_all(_png(picture) for picture in draw(session))
    share = Share.of(sum(bool(reply.faces) for reply in replies), len(replies))
    table = f"A face was found in {share} of {share.count} samples of seed {SEED} (95 % interval)."
    return Evaluation({"faces_found": round(share.value, 4), "samples": share.count}, table)


def _png(picture: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()
