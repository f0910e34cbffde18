"""Run a model over chips exactly as its service does, and collect the raw outputs."""

import json
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from export.onnx_tools.sessions import Session
from serving.service import Model
from serving.session import ModelInfo

_BATCH = 8  # larger ones are slower per face on a CPU: their maps leave the cache


def model_info(session: Session) -> ModelInfo:
    """What the service reads from the graph's metadata."""
    facts = session.metadata
    return ModelInfo(
        task=facts["hexaface.task"],
        name=facts["hexaface.name"],
        version=facts["hexaface.version"],
        digest="",
        window=tuple(json.loads(facts["hexaface.window"])),
        size=tuple(json.loads(facts["hexaface.size"])),
        labels=json.loads(facts.get("hexaface.labels", "{}")),
        metadata=facts,
    )


def answer(
    session: Session,
    build: Callable[[ModelInfo], Model[NDArray[np.uint8], object]],
    chips: NDArray[np.uint8],
    *,
    mirror: bool = False,
) -> dict[str, NDArray[np.float32]]:
    """Outputs by name, (n, ...), for chips, uint8 (n, 256, 256, 3), preprocessed by the service's model class.

    `mirror` flips each chip left to right first.
    """
    model = build(model_info(session))
    parts: dict[str, list[NDArray[np.float32]]] = {}
    for start in range(0, len(chips), _BATCH):
        block = chips[start : start + _BATCH]
        items = [model.preprocess(chip[:, ::-1] if mirror else chip) for chip in block]
        batch = {name: np.stack([np.asarray(item[name]) for item in items]) for name in items[0]}
        for name, value in session(batch).items():
            parts.setdefault(name, []).append(np.asarray(value, np.float32))
    return {name: np.concatenate(values) for name, values in parts.items()}
