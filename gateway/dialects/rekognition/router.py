"""The one route of the AWS JSON 1.1 protocol: the operation stands in a header, the key in the signature's credential."""

import re
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from contracts.keys import Scope
from gateway.dialects.callers import admitted
from gateway.dialects.rekognition import operations, requests, stored, users
from gateway.dialects.rekognition.desk import RekognitionDesk
from gateway.dialects.rekognition.errors import (
    RekognitionError,
    error_response,
    from_problem,
    json_response,
)
from gateway.parts import Parts
from web.bodies import read_body
from web.disconnect import while_connected
from web.problems import ProblemError, field_errors
from web.requests import request_id_of

log = structlog.get_logger(__name__)

# The access key id is the API key. The signature is not checked: it would prove that the caller holds a second secret,
# and there is none; over TLS a key in this header is as safe as one in X-API-Key.
_CREDENTIAL = re.compile(r"Credential=([^,\s]+)/\d{8}/[^/,\s]+/[^/,\s]+/aws4_request")
_TARGET = "RekognitionService."
_BASE64_GROWTH = 4 / 3
_PICTURES = 2
_OVERHEAD = 256 * 1024

Handler = Callable[[RekognitionDesk, Any], Coroutine[Any, Any, dict[str, Any]]]


@dataclass(frozen=True)
class Operation:
    """What an operation is asked with, which scope it needs, and what carries it out."""

    asked: type[requests.Asked]
    scope: Scope
    handler: Handler


OPERATIONS: dict[str, Operation] = {
    "DetectFaces": Operation(requests.DetectFaces, "analyze", operations.detect_faces),
    "CompareFaces": Operation(requests.CompareFaces, "identify", operations.compare_faces),
    "CreateCollection": Operation(requests.CreateCollection, "enrol", operations.create_collection),
    "DescribeCollection": Operation(requests.OfCollection, "identify", operations.describe_collection),
    "ListCollections": Operation(requests.Listing, "identify", operations.list_collections),
    "DeleteCollection": Operation(requests.OfCollection, "enrol", operations.delete_collection),
    "IndexFaces": Operation(requests.IndexFaces, "enrol", stored.index_faces),
    "ListFaces": Operation(requests.ListFaces, "identify", stored.list_faces),
    "DeleteFaces": Operation(requests.DeleteFaces, "enrol", stored.delete_faces),
    "SearchFaces": Operation(requests.SearchFaces, "identify", stored.search_faces),
    "SearchFacesByImage": Operation(requests.SearchFacesByImage, "identify", stored.search_faces_by_image),
    "CreateUser": Operation(requests.OfUser, "enrol", users.create_user),
    "DeleteUser": Operation(requests.OfUser, "enrol", users.delete_user),
    "ListUsers": Operation(requests.ListUsers, "identify", users.list_users),
    "AssociateFaces": Operation(requests.AssociateFaces, "enrol", users.associate_faces),
    "DisassociateFaces": Operation(requests.DisassociateFaces, "enrol", users.disassociate_faces),
    "SearchUsers": Operation(requests.SearchUsers, "identify", users.search_users),
    "SearchUsersByImage": Operation(requests.SearchUsersByImage, "identify", users.search_users_by_image),
}


def create_router(parts: Parts) -> APIRouter:
    """The route. It stays out of the OpenAPI document: its shapes are Amazon's."""
    router = APIRouter(include_in_schema=False)
    limit = int(parts.settings.analysis.max_upload_bytes * _BASE64_GROWTH * _PICTURES) + _OVERHEAD

    async def answered(request: Request) -> dict[str, Any]:
        name = request.headers.get("x-amz-target", "").removeprefix(_TARGET)
        operation = OPERATIONS.get(name)
        if operation is None:
            raise RekognitionError(
                "UnknownOperationException", f"{name or 'No operation'} is not served here."
            )
        credential = _CREDENTIAL.search(request.headers.get("authorization", ""))
        who = await admitted(parts, request, credential[1] if credential else None, operation.scope)
        asked = _read(operation.asked, await read_body(request, limit))
        return await while_connected(request, operation.handler(RekognitionDesk(parts, who), asked))

    @router.post("/rekognition", summary="Amazon Rekognition's operations")
    @router.post("/rekognition/", summary="Amazon Rekognition's operations")
    async def serve(request: Request) -> Response:
        request_id = request_id_of(request.scope) or str(uuid.uuid4())
        try:
            return json_response(await answered(request), request_id)
        except RekognitionError as error:
            return error_response(error.kind, error.message, 400, request_id)
        except ProblemError as error:
            kind, message, status = from_problem(error.problem(request))
            return error_response(kind, message, status, request_id)

    return router


def _read(kind: type[requests.Asked], body: bytes) -> requests.Asked:
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        wrong = "; ".join(f"{found.field}: {found.reason}" for found in field_errors(error)[:3])
        raise RekognitionError("InvalidParameterException", wrong) from error
