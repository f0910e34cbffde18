"""The DCGAN: a generator of 64x64 faces and its discriminator (Radford et al., arXiv:1511.06434)."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

LATENT = 100
"""Length of the latent vector, as in the paper."""
SIDE = 64
"""Side of a generated picture in pixels."""
_STAGES = ((8, 4), (4, 2), (2, 1))  # channels in and out, in widths: 4 -> 8 -> 16 -> 32 pixels


class Generator(nn.Module):
    """Latent float32 (n, 100) -> faces float32 (n, 3, 64, 64) in -1..1, RGB."""

    def __init__(self, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.ConvTranspose2d(LATENT, 8 * width, 4, bias=False),
            nn.BatchNorm2d(8 * width),
            nn.ReLU(),
        ]
        for wide, narrow in _STAGES:
            layers += [
                nn.ConvTranspose2d(wide * width, narrow * width, 4, 2, 1, bias=False),
                nn.BatchNorm2d(narrow * width),
                nn.ReLU(),
            ]
        self.layers = nn.Sequential(*layers, nn.ConvTranspose2d(width, 3, 4, 2, 1), nn.Tanh())
        self.apply(_start)

    def forward(self, latent: Tensor) -> Tensor:
        """Draw one face per latent vector."""
        faces: Tensor = self.layers(latent[:, :, None, None])
        return faces


class Discriminator(nn.Module):
    """Faces float32 (n, 3, 64, 64) in -1..1 -> logits float32 (n,), positive for "real".

    Spectral norm (Miyato et al., arXiv:1802.05957) takes the place of batch norm: it bounds the slope that the
    generator learns from, and a batch's statistics can then not tell real from drawn.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = [spectral_norm(nn.Conv2d(3, width, 4, 2, 1)), nn.LeakyReLU(0.2)]
        for wide, narrow in reversed(_STAGES):
            layers += [
                spectral_norm(nn.Conv2d(narrow * width, wide * width, 4, 2, 1)),
                nn.LeakyReLU(0.2),
                nn.Dropout2d(dropout),
            ]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(8 * width, 1, 4)))

    def forward(self, faces: Tensor) -> Tensor:
        """Judge each face."""
        logits: Tensor = self.layers(faces)
        return logits.flatten()


def _start(layer: nn.Module) -> None:
    """The paper's initial weights: normal with deviation 0.02."""
    if isinstance(layer, nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)


def latents(count: int, seed: torch.Generator) -> Tensor:
    """Draw standard normal latent vectors, float32 (count, 100)."""
    return torch.randn(count, LATENT, generator=seed)
