"""The calls that compare faces: of pictures, or by embeddings that `embed` answered."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from contracts.api import PublicEmbedding
from contracts.comparison import CompareAnswer, CompareOptions
from contracts.identity import IdentifyAnswer, VerifyAnswer
from contracts.message import Message
from contracts.options import IdentifyOptions, VerifyOptions
from contracts.probes import CompareRequest, IdentifyRequest, VerifyRequest
from hexaface.client.call import Call, Picture
from hexaface.client.paths import collection_path
from hexaface.client.stating import checked, spread

A = TypeVar("A")

Probe = Picture | PublicEmbedding
"""A picture, or an embedding of the same model in its place."""


@spread(VerifyOptions)
def verify(image_a: Probe, image_b: Probe, options: VerifyOptions) -> Call[VerifyAnswer]:
    """Compare the faces of two pictures; an embedding may stand for either."""
    probes = {"image_a": image_a, "image_b": image_b}
    return _comparing("/v1/verify", VerifyAnswer.from_json, probes, [], options, VerifyRequest)


@spread(CompareOptions)
def compare(image: Probe, others: Sequence[Picture], options: CompareOptions) -> Call[CompareAnswer]:
    """Compare a face with all faces of other pictures; an embedding may stand for the first picture."""
    pictures = [("others", other) for other in others]
    read = CompareAnswer.from_json
    return _comparing("/v1/compare", read, {"image": image}, pictures, options, CompareRequest)


@spread(IdentifyOptions)
def identify(collection: str, image: Probe, options: IdentifyOptions) -> Call[IdentifyAnswer]:
    """Find out who is on a picture, or whose an embedding is."""
    path = collection_path(collection, "identify")
    return _comparing(path, IdentifyAnswer.from_json, {"image": image}, [], options, IdentifyRequest)


def _comparing(
    path: str,
    read: Callable[[bytes], A],
    probes: Mapping[str, Probe],
    others: Sequence[tuple[str, Picture]],
    options: Message,
    kind: type[Message],
) -> Call[A]:
    """Pictures go into a form, with embeddings as fields beside them; embeddings alone are a JSON body."""
    pictures: list[tuple[str, Picture]] = []
    given = options.model_dump(exclude_unset=True)
    for name, probe in probes.items():
        if isinstance(probe, PublicEmbedding):
            given[name.replace("image", "embedding")] = probe
        else:
            pictures.append((name, probe))
    request = checked(kind.model_validate, given)
    return Call("POST", path, read, [*pictures, *others], options=request, body=request)
