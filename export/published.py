"""Prepare and measure a published model again, without fetching or training: `python -m export TASK --variant published`."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx

from export import card
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Session, Tensors
from export.recipe import Parity, Recipe


def published(recipe: Recipe, models: Path) -> Recipe:
    """`recipe`, but for where its graph comes from: the file in `models`, as a new patch version."""
    before = onnx.load(models / f"{recipe.task}.onnx")
    facts = card.properties(before)
    inputs = stored_inputs(models / f"{recipe.task}.golden.npz")

    def build() -> onnx.ModelProto:
        model = onnx.ModelProto()
        model.CopyFrom(before)
        graphs.describe(model, {"version": next_version(facts["version"])})
        return model

    def parity(model: onnx.ModelProto) -> Parity:
        expected = Session(before)(inputs)
        reference = (
            f"the file of version {facts['version']}, which was compared with its source when it was made"
        )
        return Parity.of(model, inputs, expected, reference, "the stored input")

    return replace(recipe, build=build, parity=parity, sample=lambda: inputs)


def stored_inputs(golden: Path) -> Tensors:
    """The inputs of the golden answers."""
    with np.load(golden, allow_pickle=False) as stored:
        return {key[3:]: stored[key] for key in stored.files if key.startswith("in.")}


def next_version(version: str) -> str:
    """The patch number raised by one."""
    *first, patch = version.split(".")
    return ".".join([*first, str(int(patch) + 1)])
