"""Run an ONNX model as named arrays in, named arrays out, the same way on every machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
from numpy.typing import NDArray

Tensors = Mapping[str, NDArray[Any]]


class Session:
    """A model on the CPU with one thread, so that exports on different machines differ as little as can be."""

    def __init__(self, model: onnx.ModelProto | Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        source = str(model) if isinstance(model, Path) else model.SerializeToString()
        self._session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        self.inputs = [value.name for value in self._session.get_inputs()]
        self.outputs = [output.name for output in self._session.get_outputs()]
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)

    def __call__(self, inputs: Tensors) -> dict[str, NDArray[Any]]:
        """One run; inputs and outputs have the batch axis."""
        values = self._session.run(None, dict(inputs))
        return dict(zip(self.outputs, values, strict=True))
