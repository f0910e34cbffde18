"""Fit the attributes' perceptron again on what the shipped backbone sees of all data, the rest of FairFace's mirror too.

The backbone stays: half an hour of one core fits no network to 49,000 faces, but looks at each of them once.
"""

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper
from torch import Tensor, nn

from export import card, golden
from export.attributes import config, learner
from export.attributes.architecture import Perceptron
from export.attributes.intervals import COVERAGE, fit_reaches
from export.attributes.served import OUTPUTS, Calibration, Reading
from export.attributes.trained import calibration_of
from export.cache import runs
from export.datasets import Archive
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Session, Tensors
from export.publish import MODELS
from export.recipe import Parity
from export.training import onnx_export
from export.training.augment import STILL, Disturbance, crop
from export.training.faces import load
from export.training.loop import fit

FEATURES = "/net/Concat_output_0"
"""What the perceptron sees, (batch, 1024), as the shipped graph names it."""
_TRAIN = ("fairface_more", "utkface", "fairface")
_EXACT = "utkface"  # its labels are years, the others' groups of them
_WATCHED = {"fairface": 1000, "utkface": 500}
_BATCH = 16
_SEED = 20261126


@dataclass(frozen=True)
class _Years:
    age: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    truth: NDArray[np.float64]


class Refit:
    """One run; looks and fits once, and keeps both in the cache."""

    def __init__(self, folder: Path | None = None, models: Path = MODELS) -> None:
        self.folder = folder or runs("attributes_refit")
        self.base = onnx.load(models / "attributes.onnx")

    @cached_property
    def net(self) -> Perceptron:
        """The averaged weights at the end of the run."""
        torch.manual_seed(_SEED)
        numbers = config.REFIT
        net = Perceptron(numbers.width, numbers.layers, numbers.dropout)
        fitting = learner.FrozenLearner(net, self.fitted, self.watched, numbers)
        trained = fit(fitting, numbers.plan(len(self.fitted.rows)), self.folder)
        if not isinstance(trained, Perceptron):
            raise TypeError(f"the loop gave back a {type(trained).__name__}")
        return trained.eval()

    @property
    def fitted(self) -> learner.Seen:
        """What is fitted."""
        return self._split[0]

    @cached_property
    def watched(self) -> learner.Seen:
        """Dev faces that the log follows."""
        return _joined([self._look(name, "dev", STILL, count) for name, count in _WATCHED.items()])

    @cached_property
    def calibration(self) -> Calibration:
        """Temperatures from the faces that were kept from fitting, the interval's reaches from every labelled year.

        Too few of the held-back ones have a labelled year for eight decades; those that were fitted are covered more
        often, and that difference is added to what is asked of them.
        """
        held, exact = self._split[1], self._utkface
        found = calibration_of(self._logits(held), learner.Targets.of(held.rows))
        raw = self._years(exact)
        apart = {id(row) for row in held.rows}
        unseen = np.asarray([id(row) in apart for row in exact.rows])
        inside = (raw.truth >= raw.low) & (raw.truth <= raw.high)
        gap = float(inside[~unseen].mean() - inside[unseen].mean())
        down, up = fit_reaches(raw.age, raw.low, raw.high, raw.truth, COVERAGE + max(0.0, gap))
        return replace(found, down=down.round(2).tolist(), up=up.round(2).tolist())

    def _logits(self, seen: learner.Seen) -> dict[str, Tensor]:
        with torch.inference_mode():
            logits: dict[str, Tensor] = self.net(seen.features)
        return logits

    def _years(self, seen: learner.Seen) -> "_Years":
        """What is said of faces before the interval is calibrated, and their labelled years."""
        said = Reading(Calibration()).years(self._logits(seen)["age"])
        age, low, high = (value.numpy().astype(np.float64) for value in said)
        return _Years(age, low, high, learner.Targets.of(seen.rows).years.numpy().astype(np.float64))

    @cached_property
    def _utkface(self) -> learner.Seen:
        return self._look(_EXACT, "train", config.REFIT.disturbance)

    @cached_property
    def _split(self) -> tuple[learner.Seen, learner.Seen]:
        """Fitted and held back, the same ones each time."""
        others = {
            name: self._look(name, "train", config.REFIT.disturbance) for name in _TRAIN if name != _EXACT
        }
        known = _joined([self._utkface if name == _EXACT else others[name] for name in _TRAIN])
        order = [int(i) for i in np.random.default_rng(7).permutation(len(known.rows))]
        held, fitted = order[: config.REFIT_HELD_BACK], order[config.REFIT_HELD_BACK :]
        return _chosen(known, fitted), _chosen(known, held)

    def _look(self, name: str, part: str, disturbance: Disturbance, count: int | None = None) -> learner.Seen:
        """What the backbone sees of a data set, kept in the folder."""
        archive = Archive(name)
        faces = load(archive, archive.rows(part)[:count], learner.usable)
        path = self.folder / f"{name}-{part}.npy"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            see, rng = Session(self._trunk([FEATURES])), np.random.default_rng((5, 1))
            found = []
            for start in range(0, len(faces), _BATCH):
                pictures = [
                    crop(faces.pictures[i], faces.to_chip[i], config.WINDOW, config.SIZE, disturbance, rng)
                    for i in range(start, min(len(faces), start + _BATCH))
                ]
                found.append(see({"image": np.stack(pictures)})[FEATURES].astype(np.float16))
            np.save(path, np.concatenate(found))
        return learner.Seen(torch.from_numpy(np.load(path).astype(np.float32)), faces.rows)

    def _trunk(self, outputs: list[str]) -> onnx.ModelProto:
        """The shipped graph up to the features, without the perceptron."""
        model = onnx.ModelProto()
        model.CopyFrom(self.base)
        kept = [output for output in model.graph.output if output.name in outputs]
        features = helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["batch", 1024])
        del model.graph.output[:]
        model.graph.output.extend([features, *kept])
        graphs.drop_unused(model)
        return model

    def build(self) -> onnx.ModelProto:
        """The backbone with the new perceptron, described."""
        tail = onnx_export.export_from(
            nn.Sequential(self.net, Reading(self.calibration)), torch.zeros(2, 1024), "features", OUTPUTS
        )
        trunk = self._trunk([FEATURES, "mask"])
        tail = compose.add_prefix(tail, _free_prefix(trunk), rename_inputs=False, rename_outputs=False)
        tail.ir_version = trunk.ir_version
        model = compose.merge_models(trunk, tail, [(FEATURES, "features")])
        graphs.halve_weights(model)
        known = card.properties(self.base)
        graphs.describe(
            model,
            {
                **{key: value for key, value in known.items() if key not in {"metrics", "calibration"}},
                "version": "3.1.0",
                "calibration": asdict(self.calibration),
            },
        )
        return graphs.finish(model)

    def parity(self, model: onnx.ModelProto) -> Parity:
        """Against the published backbone and the perceptron in torch, on the golden portrait."""
        image = self.sample()["image"]
        features = Session(self._trunk([FEATURES]))({"image": image})[FEATURES]
        with torch.inference_mode():
            answers = Reading(self.calibration)(self.net(torch.from_numpy(features)))
        expected = {name: answer.numpy() for name, answer in zip(OUTPUTS, answers, strict=True)}
        reference = f"the published backbone in onnxruntime and torch {torch.__version__}"
        return Parity.of(
            model, {"image": image}, expected, reference, "the golden portrait and its mirror image"
        )

    def sample(self) -> Tensors:
        """The portrait's window and its mirror image."""
        return golden.sample_window(config.WINDOW, (config.SIZE, config.SIZE))


def _free_prefix(model: onnx.ModelProto) -> str:
    """A prefix that no name of the graph has: the published one may itself be refitted, and share constants with its tail."""
    names = {name for node in model.graph.node for name in (*node.input, *node.output)}
    prefix = "refit/"
    while any(name.startswith(prefix) for name in names):
        prefix = f"re{prefix}"
    return prefix


def _joined(parts: list[learner.Seen]) -> learner.Seen:
    return learner.Seen(
        torch.cat([part.features for part in parts]), [row for part in parts for row in part.rows]
    )


def _chosen(seen: learner.Seen, indices: list[int]) -> learner.Seen:
    features: Tensor = seen.features[indices]
    return learner.Seen(features, [seen.rows[i] for i in indices])
