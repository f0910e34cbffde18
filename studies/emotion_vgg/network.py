"""The student project's VGG-like network."""

from torch import Tensor, nn
from torch.nn import functional as F

from export.emotion.architecture import EMOTIONS, VOTES


class VggLike(nn.Module):
    """The student project's CNN: 64,64 | 128,128 | 256,256 convolutions with pooling, two fully connected layers.

    Grey 0..255 as RGB (n, 3, 48, 48) -> the same two heads as `EmotionNet`.
    """

    def __init__(self, dropout: float = 0.4) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 1
        for outputs in (64, 128, 256):
            for _ in range(2):
                layers += [
                    nn.Conv2d(width, outputs, 3, padding=1, bias=False),
                    nn.BatchNorm2d(outputs),
                    nn.ReLU(),
                ]
                width = outputs
            layers += [nn.MaxPool2d(2), nn.Dropout2d(0.1)]
        self.body = nn.Sequential(*layers)
        self.dense = nn.Sequential(
            nn.Linear(256 * 6 * 6, 512), nn.ReLU(), nn.Dropout(dropout), nn.Linear(512, 256)
        )
        self.emotion = nn.Linear(256, len(EMOTIONS))
        self.votes = nn.Linear(256, len(VOTES))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, 7) and (n, 8)."""
        features = F.relu(self.dense(self.body((image[:, :1] - 127.5) / 64).flatten(1)))
        return self.emotion(features), self.votes(features)
