"""Write a model card from the ONNX file's own metadata, so that the two cannot disagree."""

import json
from pathlib import Path

import onnx

from export.packages import digest
from export.recipe import Evaluation, Parity

_DIMENSION = "?"


def properties(model: onnx.ModelProto) -> dict[str, str]:
    """The `hexaface.*` metadata without the prefix."""
    prefix = "hexaface."
    entries = ((entry.key, entry.value) for entry in model.metadata_props)
    return {key.removeprefix(prefix): value for key, value in entries if key.startswith(prefix)}


def write(path: Path, onnx_file: Path, prose: str, evaluation: Evaluation, parity: Parity) -> None:
    """Write the card of the model in `onnx_file` to `path`, as Markdown."""
    model = onnx.load(onnx_file)
    facts = properties(model)
    licence = json.loads(facts["licence"])
    lines = [
        f"# {onnx_file.stem}: {facts['name']} {facts['version']}",
        "",
        prose.strip(),
        "",
        "## Facts",
        "",
        "| | |",
        "|---|---|",
        f"| file | `{onnx_file.name}`, {onnx_file.stat().st_size / 2**20:.2f} MiB |",
        f"| SHA-256 | `{digest(onnx_file)}` |",
        *(f"| input | {_signature(value)} |" for value in model.graph.input),
        *(f"| output | {_signature(value)} |" for value in model.graph.output),
        *([f"| window of the chip | {facts['window']} |"] if "window" in facts else []),
        *([f"| labels | {_labels(facts['labels'])} |"] if "labels" in facts else []),
        f"| source | {facts['source']} |",
        f"| licence of the weights | {licence['weights']} |",
        f"| training data | {facts['training_data']} |",
        f"| licence of the training data | {licence['training_data']} |",
        "",
        "## Measured",
        "",
        "On dev data, from this ONNX file with the product's own pre- and post-processing.",
        "",
        "| metric | value |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in json.loads(facts["metrics"]).items()),
        "",
        *([evaluation.tables.strip(), ""] if evaluation.tables else []),
        "## Parity",
        "",
        f"Against {parity.reference}, on {parity.inputs}. Largest absolute difference: "
        + ", ".join(f"{name} {value:.2g}" for name, value in parity.largest.items())
        + ".",
        "",
        "## Reproduce",
        "",
        "```",
        _command(onnx_file.stem),
        "```",
    ]
    path.write_text("\n".join(lines) + "\n")


def _command(task: str) -> str:
    """`detector-mtcnn` is the variant mtcnn of the task detector."""
    name, _, variant = task.partition("-")
    return f"python -m export {name}" + (f" --variant {variant}" if variant else "")


def _signature(value: onnx.ValueInfoProto) -> str:
    tensor = value.type.tensor_type
    kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type).name
    shape = ", ".join(str(d.dim_param or d.dim_value or _DIMENSION) for d in tensor.shape.dim)
    return f"`{value.name}` {kind} ({shape})"


def _labels(text: str) -> str:
    return "; ".join(f"{group}: {', '.join(names)}" for group, names in json.loads(text).items())
