"""Our problems as Rekognition's exceptions: the names and statuses that its SDKs know."""

import json
from typing import Any

from fastapi import Response

from contracts.problems import Problem

_TYPES = {
    "unauthenticated": "UnrecognizedClientException",
    "forbidden": "AccessDeniedException",
    "not-found": "ResourceNotFoundException",
    "conflict": "ResourceAlreadyExistsException",
    "model-mismatch": "ResourceNotReadyException",
    "too-large": "ImageTooLargeException",
    "too-many-pixels": "ImageTooLargeException",
    "unsupported-image": "InvalidImageFormatException",
    "undecodable-image": "InvalidImageFormatException",
    "overloaded": "ProvisionedThroughputExceededException",
    "rate-limited": "ThrottlingException",
    "too-many-wrong-keys": "ThrottlingException",
}
_SERVER_ERROR = 500


class RekognitionError(Exception):
    """An exception of Rekognition's own that no problem of ours stands for."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def from_problem(problem: Problem) -> tuple[str, str, int]:
    """Exception name, message and status of a problem."""
    if problem.status >= _SERVER_ERROR:
        return "InternalServerError", problem.detail, problem.status
    return _TYPES.get(problem.type, "InvalidParameterException"), problem.detail, 400


def error_response(kind: str, message: str, status: int, request_id: str, **headers: str) -> Response:
    """An exception as the AWS JSON 1.1 protocol writes it."""
    return json_response({"__type": kind, "Message": message}, request_id, status, **headers)


def json_response(body: dict[str, Any], request_id: str, status: int = 200, **headers: str) -> Response:
    """An answer of the AWS JSON 1.1 protocol."""
    return Response(
        json.dumps(body),
        status_code=status,
        media_type="application/x-amz-json-1.1",
        headers={"x-amzn-RequestId": request_id, **headers},
    )
