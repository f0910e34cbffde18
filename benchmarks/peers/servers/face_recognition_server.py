"""face_recognition behind Flask, as its example web service shows; runs in the environment .venv-peers-face-recognition."""

import io
from typing import Any

import face_recognition
from flask import Flask, request


def create_app() -> Flask:
    """Two ways to ask: where the faces are, and everything that the library knows of each."""
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "ready")
    app.add_url_rule("/detect", view_func=_detect, methods=["POST"])
    app.add_url_rule("/everything", view_func=_everything, methods=["POST"])
    return app


def _detect() -> dict[str, Any]:
    boxes = face_recognition.face_locations(_picture())
    return {"faces": [{"box": box} for box in boxes]}


def _everything() -> dict[str, Any]:
    picture = _picture()
    boxes = face_recognition.face_locations(picture)
    landmarks = face_recognition.face_landmarks(picture, boxes)
    encodings = face_recognition.face_encodings(picture, boxes)
    return {
        "faces": [
            {"box": box, "landmarks": points, "encoding": encoding.tolist()}
            for box, points, encoding in zip(boxes, landmarks, encodings, strict=True)
        ]
    }


def _picture() -> Any:
    return face_recognition.load_image_file(io.BytesIO(request.get_data()))
