"""A model for tests of the batcher, and a batcher of it."""

import threading

import numpy as np

from serving.batching import Batcher
from serving.cores import Cores


class Doubler:
    """A model that doubles its input, notes its batches and can be held back."""

    def __init__(self):
        self.batches = []
        self.contents = []
        self.widths = []
        self.at_once = 0
        self.most_at_once = 0
        self.gate = threading.Event()
        self.gate.set()
        self._lock = threading.Lock()

    def __call__(self, tensors, wide):
        with self._lock:
            self.widths.append(wide)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.gate.wait(10)
        with self._lock:
            self.at_once -= 1
            self.batches.append(tensors["x"].shape)
            self.contents.append(tensors["x"][:, 0].tolist())
        if (tensors["x"] < 0).any():
            raise ValueError("negative")
        return {"y": tensors["x"] * 2}


def item(value, size=1):
    return {"x": np.full((size,), value, np.float32)}


def batcher(model, **options):
    settings = {"task": "test", "max_batch": 8, "max_queue": 16, "cores": Cores(1), **options}
    made = Batcher(model, **settings)
    made.start()
    return made
