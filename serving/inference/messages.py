"""The protocol's messages; the parts of it that no model of ours has a use for are refused by name."""

from typing import Annotated, Any

from pydantic import Field

from contracts.message import Message


class InputParameters(Message):
    """`binary_data_size`: so many bytes of this tensor follow the JSON; no shared memory."""

    binary_data_size: int | None = Field(default=None, ge=0)


class InputTensor(Message):
    """A tensor that is sent: its numbers in `data`, nested or flat, or behind the JSON."""

    name: str
    shape: list[Annotated[int, Field(ge=0)]]
    datatype: str
    parameters: InputParameters = InputParameters()
    data: list[Any] | None = None


class OutputParameters(Message):
    """`binary_data`: send this tensor's bytes behind the JSON; no classification, no shared memory."""

    binary_data: bool | None = None


class OutputTensor(Message):
    """A tensor that is asked for."""

    name: str
    parameters: OutputParameters = OutputParameters()


class InferParameters(Message):
    """`binary_data_output`: send all tensors' bytes behind the JSON unless one says otherwise."""

    binary_data_output: bool = False


class InferRequest(Message):
    """Tensors with the batch axis first; all outputs come when none is named."""

    id: str | None = None
    inputs: list[InputTensor]
    outputs: list[OutputTensor] = []
    parameters: InferParameters = InferParameters()


class TensorMetadata(Message):
    """A tensor as a model's metadata shows it; -1 is a dimension that varies."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(Message):
    """A model: its one version, its inputs and outputs."""

    name: str
    versions: list[str]
    platform: str = "onnxruntime_onnx"
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class ServerMetadata(Message):
    """The server and what it speaks beyond the protocol's core."""

    name: str = "hexaface"
    version: str
    extensions: list[str] = ["binary_tensor_data"]
