"""Names for groups, from a collection of people who are known."""

from collections import Counter
from collections.abc import Iterator

from contracts.api import PublicEmbedding
from contracts.identity import IdentifyAnswer
from hexaface.client.clients import Client
from hexaface.grouping.groups import Groups

# The most typical ones; a group is named when more than half of them are that person.
_ASKED = 5


def named(groups: Groups, client: Client, collection: str) -> Iterator[tuple[int, str | None]]:
    """Each group's number with the subject that it shows, or None. Raises what the calls raise.

    A few faces are asked for by themselves and vote: the mean of a group is nearer to everybody than any face is, so
    thresholds for faces do not hold for it.
    """
    for number, members in groups.members().items():
        asked = members[:_ASKED]
        votes = Counter(_match(client.identify(collection, _probe(groups, place))) for place in asked)
        subject, count = votes.most_common(1)[0]
        yield number, subject if 2 * count > len(asked) else None


def _probe(groups: Groups, place: int) -> PublicEmbedding:
    values = [float(value) for value in groups.faces.embeddings[place]]
    return PublicEmbedding(values=values, model=groups.faces.model, dimensions=len(values))


def _match(answer: IdentifyAnswer) -> str | None:
    face = answer.faces[0]
    return face.candidates[0].subject if face.decision == "match" else None
