"""The options of the public routes, from multipart text, JSON or the query string alike."""

import json
from typing import Any, Literal, TypeVar

from fastapi import Request
from pydantic import Field, ValidationError, field_validator

from contracts.action_units import ActionUnit
from contracts.api import DEFAULT_FEATURES, Feature
from contracts.detection import DetectOptions
from contracts.message import Message
from web.problems import misfit
from web.uploads import Form

Encoding = Literal["float", "base64"]
Options = TypeVar("Options", bound=Message)


class EmbedOptions(DetectOptions):
    """Which faces, and how their embeddings are written."""

    encoding: Encoding = Field(
        default="float", description="embedding as numbers, or as base64 of float32 little-endian"
    )


class AnalyzeOptions(EmbedOptions):
    """Which faces, and what to say of them."""

    features: list[Feature] = Field(
        default=list(DEFAULT_FEATURES), description="what to add to each face; as text separated by commas"
    )
    mesh: bool = Field(default=False, description="keypoints with the 478-point mesh")
    blendshapes: bool = Field(default=False, description="keypoints with the 52 blendshapes")

    neutral: dict[str, ActionUnit] | None = Field(
        default=None,
        description="action units of the resting face of the one person in the picture, taken out of the answer's; "
        "JSON text in a form",
    )

    @field_validator("neutral", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        """A form carries the action units as JSON text."""
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("features", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """`features=attributes,emotion` from a form is a list."""
        if isinstance(value, str):
            return [name.strip() for name in value.split(",") if name.strip()]
        return value


def read_options(request: Request, form: Form, kind: type[Options]) -> Options:
    """The options of a request; the body wins over the query string. Raises InvalidRequestError."""
    try:
        return kind.model_validate({**request.query_params, **form.fields})
    except ValidationError as error:
        raise misfit(error) from error
