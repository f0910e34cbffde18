"""Run an original TFLite file in LiteRT, as the reference of a parity check."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def run_tflite(path: Path, values: NDArray[np.generic]) -> dict[str, NDArray[np.float32]]:
    """Answers by output name to `values`, float (n, ...), run in the file's own batch size (n a multiple of it)."""
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415  # only parity checks need it

    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    (source,) = interpreter.get_input_details()
    step = int(source["shape"][0])
    answers: dict[str, list[NDArray[np.float32]]] = {}
    for start in range(0, len(values), step):
        interpreter.set_tensor(source["index"], values[start : start + step].astype(np.float32))
        interpreter.invoke()
        for output in interpreter.get_output_details():
            answers.setdefault(output["name"], []).append(interpreter.get_tensor(output["index"]))
    return {name: np.concatenate(parts) for name, parts in answers.items()}
