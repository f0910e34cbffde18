"""Carry a recipe out: build, check, measure, and write model, golden answers, card and manifest."""

import json
from collections.abc import Mapping
from pathlib import Path

import onnx

from export import card, golden, manifest
from export.onnx_tools import graphs
from export.onnx_tools.lean import lean
from export.onnx_tools.quantise import is_quantised, quantise
from export.onnx_tools.sessions import Session
from export.recipe import Evaluation, Floor, Recipe

MODELS = Path(__file__).resolve().parents[1] / "models"
REQUIRED = ("task", "name", "version", "licence", "training_data", "source")


class NotGoodEnoughError(RuntimeError):
    """The model stays under its quality floor and must not replace the published one."""


def publish(recipe: Recipe, models: Path = MODELS) -> Mapping[str, float]:
    """Write `<task>.onnx`, `<task>.golden.npz`, `<task>.md` and the manifest's entry; give the metrics.

    Raises NotGoodEnoughError before anything is written, and KeyError when the metadata is incomplete.
    """
    model = prepared(recipe)
    facts = card.properties(model)
    for key in REQUIRED:
        facts[key]  # a KeyError names what the recipe forgot
    parity = recipe.parity(model)
    evaluation = recipe.evaluate(Session(model))
    check(evaluation, recipe.floors)
    graphs.describe(model, {"metrics": dict(evaluation.metrics), **evaluation.properties})
    file = store(recipe, model, models)
    card.write(models / f"{recipe.task}.md", file, recipe.prose, evaluation, parity)
    return evaluation.metrics


def store(recipe: Recipe, model: onnx.ModelProto, models: Path) -> Path:
    """Write what a service loads: the graph, its golden answers and the manifest's entry; the graph's path."""
    models.mkdir(exist_ok=True)
    file = models / f"{recipe.task}.onnx"
    onnx.save(graphs.finish(model), file)
    golden.write(models / f"{recipe.task}.golden.npz", Session(file), recipe.sample())
    facts = card.properties(model)
    manifest.record(models, recipe.task, facts["name"], facts["version"], recipe.atol)
    return file


def prepared(recipe: Recipe) -> onnx.ModelProto:
    """The graph as it will be served: lean, and in 8-bit integers where the recipe says so."""
    model = recipe.finish(recipe.build())
    if is_quantised(model):
        return model
    model = lean(model)
    return model if recipe.calibration is None else quantise(model, recipe.calibration())


def check(evaluation: Evaluation, floors: tuple[Floor, ...]) -> None:
    """Raise NotGoodEnoughError when a metric breaks its floor."""
    for floor in floors:
        value = evaluation.metrics[floor.metric]
        if not floor.at_least <= value <= floor.at_most:
            bounds = json.dumps([floor.at_least, floor.at_most])
            raise NotGoodEnoughError(f"{floor.metric} = {value} is outside {bounds}")
