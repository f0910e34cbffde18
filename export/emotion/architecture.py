"""The emotion net: dlib's ResNet with two heads on its 3x3 map, and how the two become one answer."""

import torch
from torch import Tensor, nn

from export.training.dlib_resnet import FEATURES, DlibResNet

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
VOTES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
"""The FER+ columns that are expressions, in the file's order."""
COLUMNS = tuple(
    VOTES.index(name) for name in ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
)
"""Where the votes for each of our emotions stand; contempt has no counterpart."""
MAP = 3
"""Side of the last map at 112 pixels, once dlib's final block is taken off."""


class EmotionNet(nn.Module):
    """RGB 0..255 (n, 3, 112, 112) -> logits over FER-2013's emotions and over the FER+ votes.

    The head sees the whole 3x3 map rather than its mean: chips are aligned, so brows and mouth have their places.
    """

    def __init__(self, backbone: DlibResNet, dropout: float = 0.0) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.emotion = nn.Linear(FEATURES * MAP * MAP, len(EMOTIONS))
        self.votes = nn.Linear(FEATURES * MAP * MAP, len(VOTES))
        for head in (self.emotion, self.votes):
            nn.init.normal_(head.weight, std=0.005)
            nn.init.zeros_(head.bias)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, 7) and (n, 8)."""
        features = self.dropout(self.backbone.maps(image).flatten(1))
        return self.emotion(features), self.votes(features)


def expressions(net: nn.Module, face: Tensor, votes_share: float) -> Tensor:
    """Log-probabilities (n, 7) of grey faces (n, 3, size, size), from both heads.

    One label of FER-2013 is one person's word, the FER+ votes are ten people's: `votes_share` of the answer is theirs.
    """
    labels, votes = net(face)
    agreed = votes.float()[:, list(COLUMNS)].softmax(1)
    found = (1 - votes_share) * labels.float().softmax(1) + votes_share * agreed
    return found.clamp(min=1e-7).log()


def grey(image: Tensor) -> Tensor:
    """BT.601 luma (n, 1, height, width): FER-2013 is grey, the service's faces are not."""
    luma = torch.tensor((0.299, 0.587, 0.114), device=image.device).view(1, 3, 1, 1)
    return (image * luma).sum(1, keepdim=True)
