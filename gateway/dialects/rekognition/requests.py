"""What Rekognition's operations are asked with: its own names, closed, within its own limits."""

import base64
import binascii
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from contracts.identity import Identifier


class Asked(BaseModel):
    """The base of every request: members are written as AWS writes them, and unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_pascal, populate_by_name=False)


def _decoded(value: Any) -> Any:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except binascii.Error as error:
        raise ValueError("is not base64") from error


class Image(Asked):
    """A picture by its bytes. Objects in S3 are answered with InvalidS3ObjectException."""

    content: Annotated[bytes | None, BeforeValidator(_decoded)] = Field(default=None, alias="Bytes")
    s3_object: dict[str, Any] | None = Field(default=None, alias="S3Object")


Percent = Annotated[float, Field(ge=0, le=100)]
FaceIds = Annotated[list[str], Field(min_length=1, max_length=4096)]
UserFaceIds = Annotated[list[str], Field(min_length=1, max_length=100)]
QualityFilter = Literal["NONE", "AUTO", "LOW", "MEDIUM", "HIGH"]
Page = Annotated[int, Field(ge=1, le=4096)]
ExternalImageId = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.\-:]{1,255}$")]


class DetectFaces(Asked):
    """`Attributes` adds to the default ones: ALL, or single names."""

    image: Image
    attributes: list[str] = ["DEFAULT"]


class CompareFaces(Asked):
    """The largest face of the source against every face of the target."""

    source_image: Image
    target_image: Image
    similarity_threshold: Percent = 80
    quality_filter: QualityFilter = "NONE"


class OfCollection(Asked):
    """An operation on one collection."""

    collection_id: Identifier


class CreateCollection(OfCollection):
    """Tags are not kept, and refused rather than dropped."""


class Listing(Asked):
    """A page of a list."""

    next_token: str | None = None
    max_results: Page = 1000


class IndexFaces(OfCollection):
    """Store every face of a picture, the largest first."""

    image: Image
    external_image_id: ExternalImageId | None = None
    detection_attributes: list[str] = ["DEFAULT"]
    max_faces: Annotated[int, Field(ge=1)] = 100
    quality_filter: QualityFilter = "AUTO"


class ListFaces(OfCollection, Listing):
    """Stored faces, all of them, a user's, or some by id."""

    user_id: Identifier | None = None
    face_ids: FaceIds | None = None


class DeleteFaces(OfCollection):
    """Erase stored faces."""

    face_ids: FaceIds


class SearchFaces(OfCollection):
    """The stored faces most like a stored face."""

    face_id: str
    max_faces: Page = 80
    face_match_threshold: Percent = 80


class SearchFacesByImage(OfCollection):
    """The stored faces most like the largest face of a picture."""

    image: Image
    max_faces: Page = 80
    face_match_threshold: Percent = 80
    quality_filter: QualityFilter = "NONE"


class OfUser(OfCollection):
    """An operation on one user. A client's request token is taken: creating and deleting twice are harmless here."""

    user_id: Identifier
    client_request_token: str | None = None


class ListUsers(OfCollection, Listing):
    """Users by id."""

    max_results: Annotated[int, Field(ge=1, le=500)] = 100


class AssociateFaces(OfUser):
    """Give stored faces to a user whom they resemble."""

    face_ids: UserFaceIds
    user_match_threshold: Percent = 75


class DisassociateFaces(OfUser):
    """Take stored faces from a user."""

    face_ids: UserFaceIds


class SearchUsers(OfCollection):
    """The users most like a user or a stored face: exactly one of the two."""

    user_id: Identifier | None = None
    face_id: str | None = None
    user_match_threshold: Percent = 80
    max_users: Annotated[int, Field(ge=1, le=500)] = 100


class SearchUsersByImage(OfCollection):
    """The users most like the largest face of a picture."""

    image: Image
    user_match_threshold: Percent = 80
    max_users: Annotated[int, Field(ge=1, le=500)] = 100
    quality_filter: QualityFilter = "NONE"
