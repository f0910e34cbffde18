"""Small synthetic faces for the training tests."""

from collections import Counter

import numpy as np

from export.training.faces import Faces

# A 64-pixel picture whose face fills a chip.
TO_CHIP = np.asarray([[4.0, 0.0, 2.0], [0.0, 4.0, 2.0]])


def attribute_faces(count: int = 12) -> Faces:
    """Women are bright, men dark; every race and several ages occur."""
    races = ["Black", "East Asian", "Indian", "Latino_Hispanic", "Middle Eastern", "Southeast Asian", "White"]
    rows, pictures = [], []
    for i in range(count):
        female = i % 2 == 0
        rows.append(
            {
                "age": ("3-9", "20-29", "more than 70")[i % 3],
                "gender": "Female" if female else "Male",
                "race": races[i % 7],
                "service_test": str(i % 2),
            }
        )
        pictures.append(_picture(i, 170 if female else 70))
    return Faces(pictures, [TO_CHIP] * count, rows, Counter(kept=count))


def emotion_faces(count: int = 14) -> Faces:
    """Each emotion has its own brightness."""
    emotions = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    votes = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
    rows = [
        {"label": emotions[i % 7], **{f"v_{name}": str(int(k == i % 7) * 10) for k, name in enumerate(votes)}}
        for i in range(count)
    ]
    pictures = [_picture(i, 30 + 30 * (i % 7)) for i in range(count)]
    return Faces(pictures, [TO_CHIP] * count, rows, Counter(kept=count))


def _picture(seed: int, brightness: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 12, (64, 64, 3))
    return np.clip(brightness + noise, 0, 255).astype(np.uint8)
