"""Train the shipped attributes net: another backbone, all of it, on all data, from the labels and from a teacher's two passes."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.attributes import config, faces, learner
from export.attributes.architecture import TaughtNet, expectation
from export.attributes.config import Stage
from export.attributes.intervals import COVERAGE, fit_reaches
from export.attributes.labels import GROUPS, UNKNOWN, target
from export.attributes.served import Calibration, Reading
from export.attributes.teacher import TAUGHT, Teacher, by_block
from export.attributes.trained import calibrated, for_publisher
from export.cache import runs
from export.datasets import Row
from export.embedder.foamliu import SOURCE
from export.training import relu_mobilefacenet
from export.training.augment import STILL
from export.training.faces import Faces
from export.training.images import images
from export.training.loop import fit
from export.training.trained import Trained

_SEED = 20261127
_MEASURED = 512  # faces that give the features' scale
_COLUMNS = {"group": 0, "gender": 1, "race": 2}  # of Targets.classes

Lesson = Mapping[str, Tensor]


def lessons(rows: Sequence[Row], taught: Lesson) -> Lesson:
    """The target probabilities by block: smoothed labels mixed with the teacher's, who speaks alone where a label is missing."""
    targets, share = learner.Targets.of(rows), config.TEACHER_SHARE
    found = {"age": (1 - share) * targets.spread + share * taught["age"]}
    for name, column in _COLUMNS.items():
        width, classes = taught[name].shape[1], targets.classes[:, column]
        labels = F.one_hot(classes.clamp(min=0), width).float()
        labels = (1 - config.SMOOTHING) * labels + config.SMOOTHING / width
        known = (classes != UNKNOWN).unsqueeze(1)
        found[name] = torch.where(known, (1 - share) * labels + share * taught[name], taught[name])
    return found


def times(row: Row) -> int:
    """How often a training face comes in an epoch, by its age group."""
    return config.REPEATED.get(GROUPS[target(row).classes[0]], 1)


class TaughtLearner:
    """Fits `model` to freshly disturbed pictures of `train` and their lessons; watches `watched`."""

    def __init__(self, model: TaughtNet, train: Faces, lesson: Lesson, watched: Faces, stage: Stage) -> None:
        """`lesson`: probabilities by block, (n, width) each, of the faces of `train`."""
        self.model, self.train, self.watched, self.stage = model, train, watched, stage
        self._lesson = torch.cat([lesson[name] for name in TAUGHT], 1)
        self._targets, self._expected = learner.Targets.of(train.rows), learner.Targets.of(watched.rows)

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """Perceptron and heads fast, the backbone slower from stage to stage towards the input."""
        model, rate = self.model, self.stage.rate
        found = [
            {
                "params": [*model.trunk.parameters(), *model.heads.parameters()],
                "lr": rate * config.TAUGHT_HEAD_RATE,
            }
        ]
        stages = model.backbone.stages() if self.stage.whole else []
        for depth, stage in enumerate(reversed(stages)):
            slower = config.TAUGHT_BACKBONE_RATE * config.TAUGHT_RATE_DECAY**depth
            found.append({"params": stage, "lr": rate * slower})
        return found

    def batch(self, indices: Sequence[int], rng: np.random.Generator) -> Sequence[Tensor]:
        """Images (n, 3, 112, 112) 0..255, lessons side by side, years (n,) and whether they are exact (n,)."""
        image = images(self.train, indices, config.WINDOW, config.SIZE, self.stage.disturbance, rng)
        chosen = list(indices)
        return image, self._lesson[chosen], self._targets.years[chosen], self._targets.exact[chosen]

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """Cross-entropies to the lessons, added up, and the expected age's error."""
        image, lesson, years, exact = batch
        if self.stage.whole:
            logits = self.model(image)
        else:
            self.model.backbone.eval()
            with torch.no_grad():
                features = self.model.backbone(image)
            logits = self.model.from_features(features.float())
        taught = [F.cross_entropy(logits[name].float(), said) for name, said in by_block(lesson).items()]
        weight = torch.where(exact, config.EXACT_YEARS_WEIGHT, config.GROUP_YEARS_WEIGHT) / 10
        errors = (expectation(logits["age"]) - years.float()).abs()
        return torch.stack([*taught, (weight * errors).mean()]).sum()

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Scores on undisturbed windows."""
        return self._expected.score(learner.predict(model, self.watched))


class Run:
    """One run; each stage resumes from the cache, and a finished run is only read."""

    def __init__(self, folder: Path | None = None, teacher: Teacher | None = None) -> None:
        self.folder = folder or runs("attributes_taught")
        self.teacher = teacher or Teacher()

    @cached_property
    def net(self) -> TaughtNet:
        """The averaged weights at the end of the last stage."""
        torch.manual_seed(_SEED)
        backbone = relu_mobilefacenet.pretrained()
        net = TaughtNet(backbone, config.TAUGHT_WIDTH, 1, config.TAUGHT_DROPOUT).eval()
        known, split = faces.known(), faces.split()
        place = {id(row): i for i, row in enumerate(known.rows)}
        fitted = split.fitted.repeated(times)
        chosen = [place[id(row)] for row in fitted.rows]
        lesson = {name: part[chosen] for name, part in lessons(known.rows, self.teacher.teach(known)).items()}
        still = images(fitted, range(_MEASURED), config.WINDOW, config.SIZE, STILL, np.random.default_rng(0))
        with torch.no_grad():
            net.standardise(net.backbone(still))
        net.to(memory_format=torch.channels_last)
        for stage in config.TAUGHT_STAGES:
            fitting = TaughtLearner(net, fitted, lesson, split.watched, stage)
            net = cast(TaughtNet, fit(fitting, stage.plan(len(fitted)), self.folder / stage.name))
        return net.eval()

    @cached_property
    def calibration(self) -> Calibration:
        """Temperatures from the faces that were kept from fitting, the interval's reaches from every labelled year.

        Too few of the held-back ones have a labelled year for eight decades; those that were fitted are covered more
        often, and that difference is added to what is asked of them.
        """
        known, held = faces.known(), faces.split().held
        exact = known.subset([i for i, row in enumerate(known.rows) if target(row).exact])
        years = learner.Targets.of(exact.rows).years.numpy().astype(np.float64)
        said = Reading(Calibration()).years(learner.predict(self.net, exact)["age"])
        age, low, high = (value.numpy().astype(np.float64) for value in said)
        apart = {id(row) for row in held.rows}
        unseen = np.asarray([id(row) in apart for row in exact.rows])
        inside = (years >= low) & (years <= high)
        gap = float(inside[~unseen].mean() - inside[unseen].mean())
        down, up = fit_reaches(age, low, high, years, COVERAGE + max(0.0, gap))
        return calibrated(learner.predict(self.net, held), learner.Targets.of(held.rows), down, up)

    def trained(self) -> Trained:
        """For the publisher."""
        facts = {
            "licence": {
                "weights": "research only, as the training data; from foamliu's MobileFaceNet (Apache-2.0)",
                "training_data": "FairFace: CC BY 4.0; UTKFace: non-commercial research; "
                "backbones: MS-Celeb-1M family, research use",
            },
            "training_data": "FairFace and UTKFace; the backbone before them and the teacher's: MS-Celeb-1M family",
            "source": f"recipe export/attributes/taught.py on {SOURCE.source}, taught by attributes 3.1.0",
        }
        return for_publisher(self, "4.0.0", facts, lambda: faces.split().watched)
