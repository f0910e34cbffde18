"""The keypoints model: Google's face landmarker nets in one graph, its points and action units calibrated."""

import json
from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import onnx
from numpy.typing import NDArray

from contracts.chips import CHIP_SIZE
from export.datasets import Archive, Row
from export.golden import face_chip
from export.keypoints.accuracy import measure_points
from export.keypoints.consistency import measure_consistency
from export.keypoints.expressions import measure_expressions
from export.keypoints.faces import Analyser, Finder, enlarge_fer, read_faces, run
from export.keypoints.fitting import Faces, fit_trust, varied_faces
from export.keypoints.graph import MESH_POINTS, NAMED_POINTS, draft, fuse
from export.keypoints.labels import BLENDSHAPES
from export.keypoints.parity import compare
from export.keypoints.prose import NEAREST_PROSE, PROSE
from export.keypoints.readout import NAMES, Readout, nearest_matrix
from export.keypoints.reliability import measure_trust
from export.keypoints.scales import calibrate
from export.keypoints.source import BUNDLE, CanonicalFace, canonical_face
from export.keypoints.synthetic import measure_pose
from export.keypoints.timing import measure_time
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Session, Tensors
from export.recipe import Evaluation, Floor, Recipe
from services.keypoints import canonical as served
from services.keypoints.action_units import FORMULAS, Scale, strengths
from services.keypoints.frontal import frontalise
from services.keypoints.pose import estimate_pose

_NEUTRAL, _OTHERS = 900, 300  # faces of FER-2013's training part per label: plenty for a 5 % quantile
_EXPRESSIVE = (
    "mouthSmileLeft",
    "mouthSmileRight",
    "jawOpen",
    "browDownLeft",
    "browDownRight",
    "mouthFrownLeft",
)
_AT_REST = 0.15  # of these blendshapes: where no labels say which faces are neutral
_SEED = 7
# A hundredth of a chip pixel is far below what anyone sees, and far above other machines' rounding.
_ATOL = 0.05


def build() -> onnx.ModelProto:
    """Fuse the nets, fit the points on HELEN's and the action units on FER-2013's training part."""
    canonical, finder, unfitted = canonical_face(), Finder(), Session(draft())
    faces = Faces.of(varied_faces("train", unfitted, finder, canonical))
    trust = fit_trust(faces, served.CanonicalFace.from_metadata(_canonical_json(canonical)))
    return assemble(canonical, faces.readout(), trust, _fit_scales(unfitted, finder, canonical))


def assemble(
    canonical: CanonicalFace, readout: Readout, trust: dict[str, float], scales: dict[str, Scale]
) -> onnx.ModelProto:
    """The graph with everything that was fitted."""
    model = fuse(readout.matrix, readout.offset)
    # The source stores float16 weights, so nothing is lost by storing them so again.
    graphs.halve_weights(model)
    properties = _properties(canonical, scales)
    calibration = {"action_units": _rounded(scales), "confidence": trust}
    graphs.describe(model, {**properties, "calibration": calibration})
    return model


def build_nearest() -> onnx.ModelProto:
    """The same nets with the mesh points nearest to the 15, and scales from FairFace: nothing learnt from research data."""
    canonical, finder = canonical_face(), Finder()
    model = fuse(nearest_matrix(MESH_POINTS), np.zeros(2 * NAMED_POINTS))
    graphs.halve_weights(model)
    archive = Archive("fairface")
    rows = Random(_SEED).sample(archive.rows("train"), _NEUTRAL + _OTHERS)
    chips = [face.chip for _, face in read_faces(archive, rows, finder)]
    measured, shapes = _strengths(Session(model), canonical, chips)
    resting = [all(scores[name] < _AT_REST for name in _EXPRESSIVE) for scores in shapes]
    graphs.describe(
        model,
        {
            **_properties(canonical, calibrate(measured, resting)),
            "name": "face-landmarker-nearest",
            "version": "1.0.0",
            "licence": {
                "weights": "Apache-2.0 (Google)",
                "training_data": "Google's own, not published; FairFace (CC BY 4.0) for the action units' scales",
            },
            "training_data": "Google's face landmarker; FairFace train (scales)",
        },
    )
    return model


def _fit_scales(draft: Session, finder: Finder, canonical: CanonicalFace) -> dict[str, Scale]:
    archive = Archive("fer2013")
    rows = _sample(archive.rows("train"))
    faces = read_faces(archive, rows, finder, enlarge_fer)
    measured, _ = _strengths(draft, canonical, [face.chip for _, face in faces])
    return calibrate(measured, [row["label"] == "neutral" for row, _ in faces])


def _strengths(
    draft: Session, canonical: CanonicalFace, chips: Sequence[NDArray[np.uint8]]
) -> tuple[dict[str, list[float]], list[dict[str, float]]]:
    """Per action unit the stronger side's raw sum of each face, and each face's blendshapes."""
    face = served.CanonicalFace.from_metadata(_canonical_json(canonical))
    measured: dict[str, list[float]] = {name: [] for name in FORMULAS}
    shapes = []
    for output in run(draft, chips):
        mesh = frontalise(output["mesh"], estimate_pose(output["mesh"], face))
        scores = dict(zip(BLENDSHAPES, output["blendshapes"].tolist(), strict=True))
        shapes.append(scores)
        for name, formula in FORMULAS.items():
            measured[name].append(max(strengths(formula, scores, mesh)))
    return measured, shapes


def _sample(rows: Sequence[Row]) -> list[Row]:
    """Some pictures of every label, none of which occurs in the dev part."""
    clean = [row for row in rows if row["dup_of_dev"] != "1"]
    Random(_SEED).shuffle(clean)
    chosen = []
    for label in sorted({row["label"] for row in clean}):
        wanted = _NEUTRAL if label == "neutral" else _OTHERS
        chosen += [row for row in clean if row["label"] == label][:wanted]
    return chosen


def _canonical_json(canonical: CanonicalFace) -> str:
    return json.dumps({"points": np.round(canonical.points, 4).tolist(), "rigid": sorted(canonical.basis)})


def _properties(canonical: CanonicalFace, scales: dict[str, Scale]) -> dict[str, object]:
    return {
        "task": "keypoints",
        "name": "face-landmarker",
        "version": "1.1.0",
        "window": [0, 0, CHIP_SIZE, CHIP_SIZE],
        "size": [CHIP_SIZE, CHIP_SIZE],
        "labels": {"points": list(NAMES), "blendshapes": list(BLENDSHAPES)},
        "licence": {
            "weights": "Apache-2.0 (Google); the readout of the 15 points and the action units' scales are fitted to the "
            "data sets below",
            "training_data": "Google's own, not published; HELEN with 300-W marks (research use) for the 15 points and their confidence; FER-2013 "
            "(research use) for the action units' scales",
        },
        "training_data": "Google's face landmarker; HELEN train (points, confidence), FER-2013 train (scales)",
        "source": BUNDLE.source,
        "canonical_face": _canonical_json(canonical),
        "calibration": {"action_units": _rounded(scales)},
    }


def _rounded(scales: dict[str, Scale]) -> dict[str, list[float]]:
    return {name: [round(v, 4) for v in scale] for name, scale in scales.items()}


def sample() -> Tensors:
    """The golden input: a public-domain portrait."""
    return {"image": face_chip()[None]}


def evaluate(session: Session) -> Evaluation:
    """Points and their confidence, where the graph has one, on HELEN, consistency, poses, action units on FER-2013."""
    analyser, finder = Analyser(session), Finder()
    sure = "confidence" in json.loads(session.metadata["hexaface.calibration"])
    parts = [
        measure_points(session, finder),
        *([measure_trust(session, finder, canonical_face())] if sure else []),
        measure_consistency(analyser, finder),
        measure_pose(analyser, finder, canonical_face()),
        measure_expressions(analyser, finder),
    ]
    metrics = {name: value for part, _ in parts for name, value in part.items()}
    tables = [*(table for _, table in parts), measure_time(session)]
    return Evaluation(metrics, tables="\n\n".join(tables))


def _recipe() -> Recipe:
    return Recipe(
        task="keypoints",
        build=build,
        sample=sample,
        evaluate=evaluate,
        parity=compare,
        prose=PROSE,
        floors=(
            Floor("faces_found", at_least=0.99),
            Floor("nme_15_percent", at_most=2.8),
            Floor("synthetic_yaw_error_degrees", at_most=5.0),
            Floor("auc_AU12_happy", at_least=0.85),
        ),
        atol=_ATOL,
    )


def nearest() -> Recipe:
    """What the permissive profile serves."""
    return Recipe(
        task="keypoints-nearest",
        build=build_nearest,
        sample=sample,
        evaluate=evaluate,
        parity=compare,
        prose=NEAREST_PROSE,
        floors=(Floor("faces_found", at_least=0.99), Floor("nme_15_percent", at_most=3.6)),
        atol=_ATOL,
    )


RECIPES: dict[str, Callable[[], Recipe]] = {"face-landmarker": _recipe, "nearest": nearest}
SHIPPED = "face-landmarker"
