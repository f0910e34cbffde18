"""The generator of a DCGAN as an ONNX graph.

Radford, Metz & Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks" (ICLR 2016): transposed convolutions with batch normalisation and ReLU, tanh at the end.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray

from export.onnx_tools.builder import GraphBuilder

LATENT = 100
SIDE = 64
_EPSILON = 1e-5  # torch's default for batch normalisation
_LAYERS = 5


def build_graph(state: Mapping[str, NDArray[np.float32]]) -> onnx.ModelProto:
    """`latent` (batch, 100) -> `image` uint8 (batch, 64, 64, 3) RGB, from a state dict of `main.<index>.*` entries.

    The first layer is a 4x4 kernel on a single cell, the others double the side: 4, 8, 16, 32, 64. A layer's bias is
    optional.
    """
    graph = GraphBuilder()
    latent = graph.input("latent", np.float32, ["batch", LATENT])
    value = graph.op("Reshape", latent, graph.constant([0, LATENT, 1, 1]))
    for layer in range(_LAYERS):
        weights = graph.constant(state[f"main.{3 * layer}.weight"])
        geometry = {"strides": [1, 1]} if layer == 0 else {"strides": [2, 2], "pads": [1, 1, 1, 1]}
        bias = [graph.constant(state[name]) for name in [f"main.{3 * layer}.bias"] if name in state]
        value = graph.op("ConvTranspose", value, weights, *bias, **geometry)
        if layer < _LAYERS - 1:
            norm = f"main.{3 * layer + 1}"
            order = ("weight", "bias", "running_mean", "running_var")
            constants = [graph.constant(state[f"{norm}.{name}"]) for name in order]
            value = graph.op("Relu", graph.op("BatchNormalization", value, *constants, epsilon=_EPSILON))
    graph.output("image", to_picture(graph, graph.op("Tanh", value)), np.uint8, ["batch", SIDE, SIDE, 3])
    return graph.model("dcgan")


def to_picture(graph: GraphBuilder, value: str) -> str:
    """-1..1, channels first -> rounded 0..255 uint8, channels last."""
    scaled = graph.op("Mul", graph.op("Add", value, graph.constant(1.0)), graph.constant(127.5))
    rounded = graph.op("Round", graph.op("Clip", scaled, graph.constant(0.0), graph.constant(255.0)))
    last = graph.op("Transpose", rounded, perm=[0, 2, 3, 1])
    return graph.op("Cast", last, to=onnx.TensorProto.UINT8)
