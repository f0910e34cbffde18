"""What the routes that compare faces take: their options, and an embedding in place of a picture."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from contracts.api import PublicEmbedding
from contracts.comparison import CompareOptions
from contracts.options import IdentifyOptions, VerifyOptions, from_json_text

Given = Annotated[PublicEmbedding | None, BeforeValidator(from_json_text)]
_AS_EMBEDDED = "as `/v1/embed` answers it; JSON text in a form"


class IdentifyRequest(IdentifyOptions):
    """How a face is looked up, or an embedding."""

    embedding: Given = Field(default=None, description=f"in place of `image`, {_AS_EMBEDDED}")


class VerifyRequest(VerifyOptions):
    """How two faces are compared, or their embeddings."""

    embedding_a: Given = Field(default=None, description=f"in place of `image_a`, {_AS_EMBEDDED}")
    embedding_b: Given = Field(default=None, description=f"in place of `image_b`, {_AS_EMBEDDED}")


class CompareRequest(CompareOptions):
    """How a face, or an embedding, is compared with those of other pictures."""

    embedding: Given = Field(default=None, description=f"in place of `image`, {_AS_EMBEDDED}")
