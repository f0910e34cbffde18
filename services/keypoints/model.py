"""Chip -> 15 named points, mesh, blendshapes, action units, head pose and gaze."""

import numpy as np
from numpy.typing import NDArray

from contracts.faces import Point
from contracts.keypoints import FacialPoints, Keypoints, Pose
from services.keypoints.action_units import FORMULAS, Scale, action_units
from services.keypoints.canonical import CanonicalFace
from services.keypoints.confidence import confidence, signs
from services.keypoints.frontal import frontalise
from services.keypoints.gaze import estimate_gaze
from services.keypoints.pose import estimate_pose, true_yaw
from serving.batching import Item
from serving.session import ModelInfo


class KeypointsModel:
    """The graph finds mesh, points and blendshapes; what follows from them is computed here.

    Its metadata carries the canonical face, the blendshapes' names and the scales of the action units.
    """

    def __init__(self, info: ModelInfo) -> None:
        self._points = info.labels["points"]
        self._blendshapes = info.labels["blendshapes"]
        self._face = CanonicalFace.from_metadata(info.metadata["hexaface.canonical_face"])
        scales = info.structured("calibration")["action_units"]
        self._trust: dict[str, float] | None = info.structured("calibration").get("confidence")
        self._scales: dict[str, Scale] = {name: tuple(scales[name]) for name in FORMULAS}

    def preprocess(self, item: NDArray[np.uint8]) -> Item:
        """A chip, uint8 (256, 256, 3): the graph cuts its own window."""
        return {"image": item}

    def postprocess(self, outputs: Item) -> Keypoints:
        """`mesh` (478, 3), `points` (15, 2), `presence` () and `blendshapes` (52,) to the answer in chip pixels."""
        mesh = outputs["mesh"]
        blendshapes = dict(zip(self._blendshapes, outputs["blendshapes"].tolist(), strict=True))
        presence = min(1.0, max(0.0, float(outputs["presence"])))
        pose = estimate_pose(mesh, self._face)
        yaw, pitch, roll = pose.angles
        found = zip(self._points, outputs["points"].tolist(), strict=True)
        points = FacialPoints(**{name: Point(x=x, y=y) for name, (x, y) in found})
        sure = None
        if self._trust is not None:
            sure = confidence(signs(points, mesh, pose, presence, self._face), self._trust)
        return Keypoints(
            points=points,
            action_units=action_units(blendshapes, frontalise(mesh, pose), self._scales),
            pose=Pose(yaw=true_yaw(yaw), pitch=pitch, roll=roll),
            gaze=estimate_gaze(mesh, pose, presence),
            presence=presence,
            confidence=sure,
            mesh=[(x, y, z) for x, y, z in mesh.tolist()],
            blendshapes=blendshapes,
        )
