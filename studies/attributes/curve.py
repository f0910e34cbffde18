"""How much would more pictures help? The perceptron fitted to ever more of the faces: `python -m studies.attributes.curve`."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from export.attributes import config
from export.attributes.architecture import Perceptron
from export.attributes.learner import FrozenLearner, Seen
from export.attributes.teacher import Teacher
from export.training.loop import fit

_SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)
_SEED = 20261126
_STEPS = 740  # as many for each share: half of the teacher's


def curve(run: Teacher) -> Iterator[str]:
    """Lines of a Markdown table: scores on the watched dev faces, by the number of faces that were fitted."""
    fitted, watched = run.fitted, run.watched
    order = torch.randperm(len(fitted.rows), generator=torch.Generator().manual_seed(_SEED)).tolist()
    yield "| faces | gender | race, of 7 | age group, of 9 | age error, years |"
    yield "|---|---|---|---|---|"
    for share in _SHARES:
        chosen = order[: round(share * len(order))]
        part = Seen(fitted.features[chosen], [fitted.rows[i] for i in chosen])
        scores = _scores(part, watched)
        cells = (f"{scores['gender']:.3f}", f"{scores['race']:.3f}", f"{scores['group']:.3f}")
        yield f"| {len(chosen)} | {' | '.join(cells)} | {scores['age_error']:.2f} |"


def _scores(part: Seen, watched: Seen) -> dict[str, float]:
    torch.manual_seed(_SEED)
    numbers = config.TEACHER
    net = Perceptron(numbers.width, numbers.layers, numbers.dropout)
    learner = FrozenLearner(net, part, watched, numbers)
    plan = numbers.plan(len(part.rows))
    epochs = _STEPS * plan.batch / len(part.rows)
    with TemporaryDirectory() as scratch:
        trained = fit(learner, replace(plan, epochs=epochs, validate_every=_STEPS), Path(scratch))
    return dict(learner.validate(trained.eval()))


if __name__ == "__main__":
    for line in curve(Teacher()):
        print(line, flush=True)
