"""The emotion graph as it is served: pictures in, probabilities out."""

from copy import deepcopy

from torch import Tensor, nn

from export.emotion import config
from export.emotion.architecture import EmotionNet, expressions, grey

OUTPUTS = ("emotion",)


class Served(nn.Module):
    """uint8 (n, size, size, 3) RGB -> emotion (n, 7); grey first, as all training pictures are."""

    def __init__(self, net: nn.Module, temperature: float) -> None:
        super().__init__()
        self.net, self.temperature = deepcopy(net), temperature
        if isinstance(self.net, EmotionNet):
            self.net.backbone.read_grey()

    def forward(self, image: Tensor) -> tuple[Tensor]:
        """Final numbers, ready for the service."""
        face = grey(image.permute(0, 3, 1, 2).float())
        return ((expressions(self.net, face, config.VOTES_SHARE) / self.temperature).softmax(1),)
