"""dlib's face-recognition ResNet as the attributes' backbone: a perceptron on its last map, one linear head per block."""

from torch import Tensor, nn

from export.attributes.architecture import heads
from export.training.dlib_resnet import FEATURES, DlibResNet

MAP = 3
"""Side of the last map at 112 pixels, once dlib's final block is taken off."""
WIDTH, DROPOUT = 512, 0.4
"""Of the perceptron."""


class DlibAttributes(nn.Module):
    """RGB 0..255 (n, 3, 112, 112) -> logits per block.

    The perceptron sees the whole 3x3 map rather than its mean: hair, beard and jaw have their places in a chip.
    """

    def __init__(self, backbone: DlibResNet) -> None:
        super().__init__()
        self.backbone = backbone
        self.trunk = nn.Sequential(
            nn.Dropout(DROPOUT / 2),
            nn.Linear(FEATURES * MAP * MAP, WIDTH),
            nn.BatchNorm1d(WIDTH),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
        )
        self.heads = heads(WIDTH)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Logits by block."""
        hidden = self.trunk(self.backbone.maps(image).flatten(1))
        return {name: head(hidden) for name, head in self.heads.items()}
