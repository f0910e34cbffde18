"""How long and how fast a training runs; without torch, so that a recipe can be read without it."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Plan:
    """How long and how fast."""

    examples: int
    epochs: float
    batch: int = 32
    warmup: float = 0.05
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = 0.02
    average: float = 0.999
    """Decay of the moving average of the weights, which is what is validated and shipped."""
    validate_every: int = 400
    save_every_seconds: float = 45.0
    clip: float = 2.0
    """Largest norm of the gradient: folded batch norms leave the backbones without other protection."""
    seed: int = 20261123
    optimizer: Literal["adamw", "sgd"] = "adamw"
    """`sgd` has Nesterov momentum 0.9."""
    bfloat16: bool = True
    """Matrix products in bfloat16 (the build machine's AVX-512 does them at twice the speed)."""

    @property
    def steps(self) -> int:
        """The number of steps of the whole run."""
        return max(1, int(self.examples * self.epochs / self.batch))

    def rate(self, step: int) -> float:
        """Share of the peak learning rate at a step: linear rise, then half a cosine down to 1 %."""
        rise = max(1, int(self.warmup * self.steps))
        if step < rise:
            return (step + 1) / rise
        progress = (step - rise) / max(1, self.steps - rise)
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress))

    def indices(self, step: int) -> list[int]:
        """The examples of a step; every example comes once per epoch, in an order that the seed fixes."""
        first = step * self.batch
        found: list[int] = []
        while len(found) < self.batch:
            epoch, offset = divmod(first + len(found), self.examples)
            order = np.random.default_rng((self.seed, 1, epoch)).permutation(self.examples)
            found += [int(i) for i in order[offset : offset + self.batch - len(found)]]
        return found
