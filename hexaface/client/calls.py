"""The calls that look at pictures, make faces, and ask a server about itself."""

from collections.abc import Sequence

from pydantic import Field

from contracts.api import (
    AnalyzeAnswer,
    BatchAnswer,
    DetectAnswer,
    EmbedAnswer,
    GenerateAnswer,
    ModelsAnswer,
    ReadyAnswer,
)
from contracts.options import AnalyzeOptions, EmbedOptions, FindOptions, GenerateOptions
from contracts.redaction import RedactOptions
from hexaface.client.call import Call, Picture
from hexaface.client.stating import spread


@spread(FindOptions)
def detect(image: Picture, options: FindOptions) -> Call[DetectAnswer]:
    """Find the faces of a picture."""
    return Call("POST", "/v1/detect", DetectAnswer.from_json, [("image", image)], options)


@spread(AnalyzeOptions)
def analyze(image: Picture, options: AnalyzeOptions) -> Call[AnalyzeAnswer]:
    """Find the faces of a picture and describe each."""
    return Call("POST", "/v1/analyze", AnalyzeAnswer.from_json, [("image", image)], options)


@spread(AnalyzeOptions)
def analyze_batch(images: Sequence[Picture], options: AnalyzeOptions) -> Call[BatchAnswer]:
    """Analyse several pictures at once, with a result or a problem for each; all with the same options."""
    pictures = [("image", image) for image in images]
    return Call("POST", "/v1/analyze/batch", BatchAnswer.from_json, pictures, options)


class RedactArguments(RedactOptions):
    """Which faces are made unrecognisable and how, and the format of the answer."""

    png: bool = Field(default=False, description="answer a PNG, not a JPEG")


@spread(RedactArguments)
def redact(image: Picture, options: RedactArguments) -> Call[bytes]:
    """The picture with its faces, or some of them, made unrecognisable; its metadata is gone."""
    asked = options.model_dump(exclude={"png"}, exclude_unset=True)
    accept = {"Accept": "image/png" if options.png else "image/jpeg"}
    wanted = RedactOptions.model_validate(asked)
    return Call("POST", "/v1/redact", bytes, [("image", image)], wanted, headers=accept)


@spread(EmbedOptions)
def embed(image: Picture, options: EmbedOptions) -> Call[EmbedAnswer]:
    """Find the faces of a picture and embed each."""
    return Call("POST", "/v1/embed", EmbedAnswer.from_json, [("image", image)], options)


@spread(GenerateOptions)
def generate(options: GenerateOptions) -> Call[GenerateAnswer]:
    """Generate synthetic faces."""
    return Call("POST", "/v1/generate", GenerateAnswer.from_json, body=options)


def models() -> Call[ModelsAnswer]:
    """The models behind every task."""
    return Call("GET", "/v1/models", ModelsAnswer.from_json)


def ready() -> Call[ReadyAnswer]:
    """Whether every service is ready, and why not."""
    return Call("GET", "/readyz", ReadyAnswer.from_json, accepted=(200, 503))
