"""Take out of the embedding what all faces share, and half of what groups share.

The packaged network gives ordinary pictures (FairFace) a common component: their mean has length .39, LFW's press photos'
.11, and both say nothing of who it is. Two strangers then look alike because both are ordinary, or because both are
children. Subtracting a mean and damping the strongest common directions is what Mu & Viswanath, "All-but-the-Top" (ICLR
2018), do to word vectors.
"""

from collections import Counter

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from export import card
from export.answers import answer
from export.datasets import Archive
from export.detector.evaluation import spread
from export.faces import find_faces
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Session
from services.embedder.model import EmbedderModel

Floats = NDArray[np.float64]

MEAN_SHARE = 0.8
"""How much of the mean is subtracted: of .5, .7, .8, .9, 1 the most that costs LFW less than its interval."""
DIRECTIONS, KEPT = 2, 0.5
"""How many directions between the means of races, genders and ages are damped, and to what share."""
_FACES = 2100
_FEWEST = 20
_MATRIX, _SHIFT = "centring_matrix", "centring_shift"


def with_centre(model: onnx.ModelProto) -> onnx.ModelProto:
    """`model`, whose output `embedding` has length one, with the embedding centred; as it is when it is centred already."""
    if any(tensor.name == _MATRIX for tensor in model.graph.initializer):
        return model
    matrix, shift = fit(Session(model))
    result = onnx.ModelProto()
    result.CopyFrom(model)
    for node in result.graph.node:
        node.output[:] = ["uncentred" if name == "embedding" else name for name in node.output]
    for name, values in ((_MATRIX, matrix), (_SHIFT, shift)):
        result.graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), name))
    result.graph.node.extend(
        [
            helper.make_node("Gemm", ["uncentred", _MATRIX, _SHIFT], ["centred"]),
            helper.make_node("ReduceL2", ["centred"], ["centred_norm"], axes=[1], keepdims=1),
            helper.make_node("Max", ["centred_norm", "tiny"], ["safe_centred_norm"]),
            helper.make_node("Div", ["centred", "safe_centred_norm"], ["embedding"]),
        ]
    )
    facts = card.properties(model)
    added = "; centred by this project on FairFace (CC BY 4.0)"
    graphs.describe(result, {"version": "1.1.0", "training_data": facts["training_data"] + added})
    return result


def fit(session: Session) -> tuple[Floats, Floats]:
    """(matrix (d, d), shift (d,)) so that row vectors are centred by x @ matrix + shift, from FairFace's training part."""
    archive = Archive("fairface")
    faces = find_faces(archive, spread(archive.rows("train"), _FACES))
    embeddings = answer(session, EmbedderModel, faces.chips)["embedding"].astype(np.float64)
    groups = np.char.add(np.char.add(faces.column("race"), " "), faces.column("gender"))
    return centring(embeddings, [groups, faces.column("age")])


def centring(embeddings: Floats, labels: list[NDArray[np.str_]]) -> tuple[Floats, Floats]:
    """The same from unit embeddings (n, d) and one or more ways to group them, each (n,)."""
    mean = embeddings.mean(axis=0)
    means = [
        embeddings[column == name].mean(axis=0) - mean
        for column in labels
        for name, count in sorted(Counter(column.tolist()).items())
        if count >= _FEWEST
    ]
    _, _, directions = np.linalg.svd(np.stack(means), full_matrices=False)
    common = directions[:DIRECTIONS]
    matrix = np.eye(len(mean)) - (1 - KEPT) * common.T @ common
    return matrix, -MEAN_SHARE * mean @ matrix


def centred(embeddings: Floats, model: onnx.ModelProto) -> Floats:
    """Unit embeddings (n, d) as `model` centres them, in numpy."""
    tensors = {t.name: numpy_helper.to_array(t).astype(np.float64) for t in model.graph.initializer}
    if _MATRIX not in tensors:
        return embeddings
    moved = embeddings @ tensors[_MATRIX] + tensors[_SHIFT]
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))
