from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is installed by `make test-export`")

from export.training.loop import fit
from export.training.plan import Plan


class Line:
    """Fits y = 3x - 1."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model = torch.nn.Linear(1, 1)
        self.asked: list[int] = []

    def parameter_groups(self):
        return [{"params": list(self.model.parameters()), "lr": 0.1}]

    def batch(self, indices, rng):
        self.asked += list(indices)
        x = torch.tensor([[i / 8 + 0.01 * rng.normal()] for i in indices], dtype=torch.float32)
        return x, 3 * x - 1

    def loss(self, batch):
        return ((self.model(batch[0]).float() - batch[1]) ** 2).mean()

    def validate(self, model):
        return {"slope": float(model.weight)}


PLAN = Plan(examples=8, epochs=20, batch=4, validate_every=10, weight_decay=0.0, bfloat16=False)


def test_the_loss_falls_and_the_log_says_so(tmp_path: Path) -> None:
    fit(Line(), PLAN, tmp_path)

    rows = (tmp_path / "log.csv").read_text().splitlines()
    first, last = (float(rows[i].split(",")[3]) for i in (1, -1))
    assert rows[0] == "step,epoch,seconds,loss,slope"
    assert last < first / 2
    assert (tmp_path / "loss.png").stat().st_size > 1000


def test_a_killed_run_resumes_exactly_where_it_was(tmp_path: Path) -> None:
    straight = fit(Line(), PLAN, tmp_path / "straight")
    countdown = iter([False] * 12 + [True])
    fit(Line(), PLAN, tmp_path / "killed", until=lambda: next(countdown))

    resumed = fit(Line(), PLAN, tmp_path / "killed")

    assert straight.weight.item() == resumed.weight.item()
    assert straight.bias.item() == resumed.bias.item()


def test_every_example_comes_once_per_epoch() -> None:
    seen = [i for step in range(4) for i in Plan(examples=10, epochs=2, batch=5).indices(step)]

    assert list(range(10)) == sorted(seen[:10])
    assert list(range(10)) == sorted(seen[10:])
    assert seen[:10] != seen[10:]


def test_the_learning_rate_rises_and_then_falls_to_a_hundredth() -> None:
    plan = Plan(examples=1000, epochs=1, batch=10, warmup=0.1)
    rates = np.asarray([plan.rate(step) for step in range(plan.steps + 1)])

    assert rates.argmax() + 1 == 10
    assert pytest.approx(0.01, abs=1e-3) == rates[-1]
