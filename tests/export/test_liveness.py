"""What the shipped liveness graph makes of real portraits, and of prints and screens made from them."""

import cv2
import numpy as np
import pytest

from export.embedder.worse import encoded
from export.liveness.attacks import on_screen, printed
from export.liveness.evaluation import judge
from export.onnx_tools.sessions import Session
from tests.paths import ROOT, SAMPLES

PORTRAITS = ("astronaut", "grace_hopper", "obama_portrait_2012", "obama_2009")


@pytest.fixture(scope="module")
def scores():
    """The mean score of the portraits as they are, printed, and on a screen."""
    session = Session(ROOT / "models" / "liveness.onnx")
    photos = [cv2.cvtColor(cv2.imread(str(SAMPLES / f"{name}.jpg")), cv2.COLOR_BGR2RGB) for name in PORTRAITS]
    changes = {"real": lambda photo, _: photo, "printed": printed, "screen": on_screen}
    return {
        kind: judge(session, [encoded(change(photo, seed)) for seed, photo in enumerate(photos)])
        for kind, change in changes.items()
    }


def test_portraits_look_live(scores):
    assert np.all(scores["real"] >= 0.5)


@pytest.mark.parametrize("attack", ["printed", "screen"])
def test_a_presented_portrait_looks_less_live(scores, attack):
    assert scores[attack].mean() < scores["real"].mean() - 0.1
