"""BlazeFace as a served detector: the only one here whose training data is not known to forbid commercial use."""

import tempfile
import zipfile
from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray

from export import golden
from export.detector.blazeface import ANCHORS, FIVE, MEAN, POINTS, SIDE, build_graph
from export.detector.evaluation import evaluate
from export.detector.reference import sample
from export.keypoints.source import BUNDLE, DETECTOR_NET
from export.onnx_tools import graphs
from export.onnx_tools.litert import run_tflite
from export.onnx_tools.sessions import Session
from export.recipe import Floor, Parity, Recipe

PROSE = """
BlazeFace, short range (Bazarevsky et al., CVPR-W 2019), as Google's face landmarker bundle ships it: a hundred thousand
weights, made for a phone's front camera at 128 pixels. It is convolutional throughout, so the graph takes any size, and
what turns its cells into candidates is added: the graph answers with the best 1,024 of them, best first. Of its six points
the eyes and the nose are landmarks; the mouth's corners are set from its middle along the line of the eyes.

The permissive profile serves it (`HEXAFACE_PROFILE=permissive`): it is the one detector here whose weights are free
(Apache-2.0) and whose training data is not known to forbid commercial use. Google has not published that data. The others
learnt from WIDER FACE, which is for research. There is no second look at the landmarks in that profile: that network was
fitted to HELEN, which is for research too.

Known failures: it was not made for crowds. Faces under about 20 pixels of the network's input, profiles, faces on their head
and heavy occlusion are missed far more often than by YuNet, and its boxes fit looser. Detection rates by group were not
measured here.
"""


def build() -> onnx.ModelProto:
    """Fetch, complete, halve the weights, describe."""
    model = build_graph()
    graphs.halve_weights(model)
    graphs.describe(
        model,
        {
            "task": "detector-blazeface",
            "name": "blazeface",
            "version": "1.0.0",
            "licence": {
                "weights": "Apache-2.0 (Google)",
                "training_data": "Google's own, not published",
            },
            "training_data": "Google's own",
            "source": f"{BUNDLE.source} : {DETECTOR_NET}",
        },
    )
    return graphs.finish(model)


def parity(model: onnx.ModelProto) -> Parity:
    """Against LiteRT on the original file at its own size, its cells decoded in numpy."""
    picture = np.asarray(cv2.resize(golden.face_chip(), (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    with zipfile.ZipFile(BUNDLE.fetch()) as bundle, tempfile.TemporaryDirectory() as scratch:
        path = Path(bundle.extract(DETECTOR_NET, scratch))
        answer = run_tflite(path, (picture[None].astype(np.float32) - MEAN[0]) / MEAN[0])
    expected, actual = _decoded(answer), Session(model)({"image": picture[None]})
    largest = {name: float(np.abs(actual[name][0][0] - value).max()) for name, value in expected.items()}
    described = f"the golden portrait at {SIDE} px, its best candidate (boxes and landmarks in pixels)"
    return Parity("LiteRT on Google's own TFLite file, decoded in numpy", described, largest)


def _decoded(answer: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float64]]:
    """The best candidate: `scores` (), `boxes` (4,), `landmarks` (5, 2)."""
    centres = np.concatenate([_centres(stride, count) for stride, count in ANCHORS.items()])
    logits = answer["classificators"].reshape(-1).astype(np.float64)
    best = int(logits.argmax())
    numbers, centre = answer["regressors"].reshape(-1, 4 + 2 * POINTS)[best].astype(np.float64), centres[best]
    middle, half = centre + numbers[:2], numbers[2:4] / 2
    return {
        "scores": np.asarray(1 / (1 + np.exp(-logits[best]))),
        "boxes": np.concatenate([middle - half, middle + half]),
        "landmarks": FIVE @ numbers[4:].reshape(POINTS, 2) + centre,
    }


def _centres(stride: int, count: int) -> NDArray[np.float64]:
    places = (np.arange(SIDE // stride) + 0.5) * stride
    x, y = np.meshgrid(places, places)
    return np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), count, axis=0)


def blazeface() -> Recipe:
    """What the permissive profile serves."""
    return Recipe(
        task="detector-blazeface",
        build=build,
        sample=sample,
        evaluate=evaluate,
        parity=parity,
        prose=PROSE,
        floors=(Floor("wider_recall_40px_balanced", at_least=0.7), Floor("found_lfw", at_least=0.98)),
        # Pixels: a box of 200 pixels moves by hundredths between kinds of processor.
        atol=0.5,
    )
