"""The calls that look at pictures, make faces, and ask a server about itself."""

from contracts.api import AnalyzeAnswer, DetectAnswer, EmbedAnswer, GenerateAnswer, ModelsAnswer, ReadyAnswer
from contracts.detection import DetectOptions
from contracts.options import AnalyzeOptions, EmbedOptions, GenerateOptions
from hexaface.client.call import Call, Picture
from hexaface.client.stating import spread


@spread(DetectOptions)
def detect(image: Picture, options: DetectOptions) -> Call[DetectAnswer]:
    """Find the faces of a picture."""
    return Call("POST", "/v1/detect", DetectAnswer.from_json, [("image", image)], options)


@spread(AnalyzeOptions)
def analyze(image: Picture, options: AnalyzeOptions) -> Call[AnalyzeAnswer]:
    """Find the faces of a picture and describe each."""
    return Call("POST", "/v1/analyze", AnalyzeAnswer.from_json, [("image", image)], options)


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
