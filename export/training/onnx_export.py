"""From a torch module that takes pictures to an ONNX graph with named outputs and a free batch axis."""

import io
import warnings
from collections.abc import Sequence

import onnx
import torch
from torch import nn

OPSET = 17


def export(module: nn.Module, size: int, outputs: Sequence[str]) -> onnx.ModelProto:
    """The graph of `module`, which takes `image` uint8 (batch, size, size, 3) and gives a tuple of tensors (batch, ...).

    By tracing: every size but the batch is fixed, and folded as a constant.
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # The tracer announces its successor and each fixed size; both are intended here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval().cpu(),
            (torch.zeros(2, size, size, 3, dtype=torch.uint8),),
            buffer,
            input_names=["image"],
            output_names=list(outputs),
            dynamic_axes={axis: {0: "batch"} for axis in ("image", *outputs)},
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())
