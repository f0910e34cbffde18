"""A face of ours as Rekognition describes one: ratios of the picture, percentages, its names of things.

Rekognition's left and right are the picture's, ours the subject's own: `eyeLeft` is our `right_eye`.
"""

import math
from collections.abc import Iterable
from typing import Any

from contracts.action_units import PRESENT
from contracts.analysis import Attributes, Choice
from contracts.api import AnalyzedFace
from contracts.faces import Face, ImageSize, Point
from contracts.keypoints import Keypoints

Json = dict[str, Any]

# Which of our answers an attribute needs.
NEEDS = {
    "AGE_RANGE": "attributes",
    "GENDER": "attributes",
    "FACE_OCCLUDED": "attributes",
    "EMOTIONS": "emotion",
    "SMILE": "keypoints",
    "EYES_OPEN": "keypoints",
    "MOUTH_OPEN": "keypoints",
    "EYE_DIRECTION": "keypoints",
}
NAMES = frozenset({"DEFAULT", "ALL", *NEEDS, "BEARD", "EYEGLASSES", "MUSTACHE", "SUNGLASSES"})

_EMOTIONS = {
    "angry": "ANGRY",
    "disgust": "DISGUSTED",
    "fear": "FEAR",
    "happy": "HAPPY",
    "sad": "SAD",
    "surprise": "SURPRISED",
    "neutral": "CALM",
}
_FIVE = {
    "eyeLeft": "right_eye",
    "eyeRight": "left_eye",
    "mouthLeft": "mouth_right",
    "mouthRight": "mouth_left",
    "nose": "nose",
}
_MORE = {
    "leftEyeBrowLeft": "right_eyebrow_outer_end",
    "leftEyeBrowRight": "right_eyebrow_inner_end",
    "rightEyeBrowLeft": "left_eyebrow_inner_end",
    "rightEyeBrowRight": "left_eyebrow_outer_end",
    "leftEyeLeft": "right_eye_outer_corner",
    "leftEyeRight": "right_eye_inner_corner",
    "rightEyeLeft": "left_eye_inner_corner",
    "rightEyeRight": "left_eye_outer_corner",
    "leftPupil": "right_eye_center",
    "rightPupil": "left_eye_center",
    "mouthUp": "mouth_center_top_lip",
    "mouthDown": "mouth_center_bottom_lip",
}
# A face of the quality gate's lowest sharpness (4) gets 8 of 100, the median LFW face (about 60) 70.
_HALF_SHARP = 50.0


def percent(share: float) -> float:
    """A probability as Rekognition writes it."""
    return round(100 * max(0.0, min(1.0, share)), 4)


def box_of(face: Face, image: ImageSize) -> Json:
    """The bounding box as ratios of the picture's size."""
    box = face.box
    return {
        "Left": box.x / image.width,
        "Top": box.y / image.height,
        "Width": box.width / image.width,
        "Height": box.height / image.height,
    }


def brief(face: Face, image: ImageSize) -> Json:
    """What is said of every face: box, confidence, landmarks, pose and quality."""
    found: Json = {
        "BoundingBox": box_of(face, image),
        "Confidence": percent(face.score),
        "Landmarks": [_landmark(name, getattr(face.landmarks, ours), image) for name, ours in _FIVE.items()],
    }
    if face.quality:
        quality = face.quality
        found["Pose"] = {"Yaw": quality.yaw, "Pitch": quality.pitch, "Roll": quality.roll}
        found["Quality"] = {"Sharpness": percent(quality.sharpness / (quality.sharpness + _HALF_SHARP))}
    return found


def features_for(names: Iterable[str]) -> set[str]:
    """The features of ours that the asked attributes need."""
    asked = set(names)
    return set(NEEDS.values()) if "ALL" in asked else {NEEDS[name] for name in asked & set(NEEDS)}


def detail(face: AnalyzedFace, image: ImageSize, names: Iterable[str]) -> Json:
    """A FaceDetail with the asked attributes; one that could not be found out is left out."""
    asked = set(NEEDS) if "ALL" in set(names) else set(names)
    found = brief(face, image)
    if face.attributes:
        found |= _of_attributes(face.attributes, asked)
    if face.emotion and "EMOTIONS" in asked:
        found["Emotions"] = _emotions(face.emotion)
    if face.keypoints:
        found |= _of_keypoints(face.keypoints, asked)
        points = face.keypoints.points
        found["Landmarks"] += [_landmark(name, getattr(points, ours), image) for name, ours in _MORE.items()]
        pose = face.keypoints.pose
        found["Pose"] = {"Yaw": pose.yaw, "Pitch": pose.pitch, "Roll": pose.roll}
    return found


def _landmark(name: str, point: Point, image: ImageSize) -> Json:
    return {"Type": name, "X": point.x / image.width, "Y": point.y / image.height}


def _of_attributes(attributes: Attributes, asked: set[str]) -> Json:
    found: Json = {}
    if "AGE_RANGE" in asked:
        found["AgeRange"] = {"Low": math.floor(attributes.age.low), "High": math.ceil(attributes.age.high)}
    if "GENDER" in asked:
        gender = attributes.gender
        found["Gender"] = {
            "Value": gender.label.capitalize(),
            "Confidence": percent(gender.scores[gender.label]),
        }
    mask: Choice | None = getattr(attributes, "mask", None)
    if "FACE_OCCLUDED" in asked and mask is not None:
        covered = mask.label == "mask"
        found["FaceOccluded"] = {"Value": covered, "Confidence": percent(mask.scores[mask.label])}
    return found


def _emotions(emotion: Choice) -> list[Json]:
    ordered = sorted(emotion.scores.items(), key=lambda entry: -entry[1])
    return [{"Type": _EMOTIONS[name], "Confidence": percent(score)} for name, score in ordered]


def _of_keypoints(keypoints: Keypoints, asked: set[str]) -> Json:
    units = keypoints.action_units
    found: Json = {}
    if "SMILE" in asked:
        found["Smile"] = _shown(units["AU12"].intensity)
    if "MOUTH_OPEN" in asked:
        found["MouthOpen"] = _shown(max(units["AU25"].intensity, units["AU26"].intensity))
    if "EYES_OPEN" in asked:
        closed = _shown(units["AU43"].intensity)
        found["EyesOpen"] = {**closed, "Value": not closed["Value"]}
    if "EYE_DIRECTION" in asked:
        gaze = keypoints.gaze
        found["EyeDirection"] = {"Yaw": gaze.yaw, "Pitch": gaze.pitch, "Confidence": percent(gaze.confidence)}
    return found


def _shown(intensity: float) -> Json:
    """Whether an action unit is there, 50 % sure where it begins to count as present and 100 % at rest or at its strongest."""
    beyond = intensity - PRESENT
    reach = 1 - PRESENT if beyond >= 0 else PRESENT
    return {"Value": beyond >= 0, "Confidence": percent(0.5 + 0.5 * abs(beyond) / reach)}
