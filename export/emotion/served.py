"""The emotion graph as it is served: pictures in, probabilities out."""

import torch
from torch import Tensor, nn

from export.emotion.architecture import EmotionNet, VggLike, grey

OUTPUTS = ("emotion",)


class Served(nn.Module):
    """uint8 (n, size, size, 3) RGB -> emotion (n, 7).

    Grey first, as all training pictures are; the probabilities are the mean over the picture and its mirror image.
    """

    def __init__(self, net: EmotionNet | VggLike, temperature: float) -> None:
        super().__init__()
        self.net, self.temperature = net, temperature

    def forward(self, image: Tensor) -> tuple[Tensor]:
        """Final numbers, ready for the service."""
        face = grey(image.permute(0, 3, 1, 2).float())
        sides = [(self.net(side)[0] / self.temperature).softmax(1) for side in (face, face.flip(3))]
        return (torch.stack(sides).mean(0),)
