"""ArcFace: an angular margin between identities (Deng et al., CVPR 2019, arXiv:1801.07698)."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ArcFace(nn.Module):
    """Embeddings float (n, d) of any length and identities int64 (n,) -> the mean cross-entropy.

    The cosine to the right identity's centre, cos(t), becomes cos(t + margin); all cosines are then scaled. The paper's
    margin is 0.5 and its scale 64; both are gentler here, for a few hundred identities.
    """

    def __init__(self, dimensions: int, identities: int, margin: float = 0.3, scale: float = 32.0) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.randn(identities, dimensions) * 0.01)
        self.margin, self.scale = margin, scale

    def forward(self, embeddings: Tensor, identities: Tensor) -> Tensor:
        """The loss that pulls embeddings to their identity's centre and away from all others."""
        cosines = F.linear(F.normalize(embeddings.float()), F.normalize(self.centres))
        right = cosines.gather(1, identities[:, None])
        logits = cosines.scatter(1, identities[:, None], self._with_margin(right)) * self.scale
        return F.cross_entropy(logits, identities)

    def _with_margin(self, cosine: Tensor) -> Tensor:
        """cos(t + margin) by the addition theorem; where t + margin would pass 180 degrees, a line that keeps falling."""
        sine = (1 - cosine.square()).clamp(min=1e-7).sqrt()
        moved = cosine * math.cos(self.margin) - sine * math.sin(self.margin)
        fallback = cosine - math.sin(self.margin) * self.margin
        return torch.where(cosine > -math.cos(self.margin), moved, fallback)

    @torch.no_grad()
    def start_at(self, embeddings: Tensor, identities: Tensor) -> None:
        """Put each centre on the mean of its identity's embeddings: the head then fits the backbone from step one."""
        unit = F.normalize(embeddings.float())
        sums = torch.zeros_like(self.centres).index_add_(0, identities, unit)
        self.centres.copy_(F.normalize(sums))
