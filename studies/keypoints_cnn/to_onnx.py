"""A trained network as an ONNX graph, with weights stored in half precision."""

import tempfile
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from export.onnx_tools import graphs
from studies.keypoints_cnn.points import POINTS, SIDE
from studies.keypoints_cnn.train import BATCH


class _FromBytes(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        points: Tensor = self.network(image[:, None].float())
        return points


def to_onnx(network: nn.Module, name: str) -> onnx.ModelProto:
    """`image` uint8 (batch, 96, 96), grey and equalised by `augment.equalise` -> `points` float32 (batch, 15, 2) in pixels.

    The equalisation stays outside: it is no ONNX operator.
    """
    example = torch.zeros(2, SIDE, SIDE, dtype=torch.uint8)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "keypoints.onnx"
        torch.onnx.export(
            _FromBytes(network).eval(),
            (example,),
            file,
            input_names=["image"],
            output_names=["points"],
            dynamic_axes={"image": {0: "batch"}, "points": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
        model = onnx.load(file)
    graphs.halve_weights(model)
    facts = {
        "task": "keypoints",
        "name": f"keypoints-{name}",
        "version": "1.0.0",
        "size": (SIDE, SIDE),
        "labels": {"points": POINTS},
        "licence": {
            "weights": "Apache-2.0 (this project)",
            "training_data": "HELEN with 300-W marks: research use only",
        },
        "training_data": "HELEN (870 faces, keypoints.zip)",
        "source": f"trained by `python -m studies.keypoints_cnn {name}`, batches of {BATCH}",
    }
    graphs.describe(model, facts)
    return graphs.finish(model)
