"""The imbalance study: generate batches of faces, and count how a model judges their gender."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass

from hexaface.client import calls
from portal.errors import StudyError
from portal.session import Session

BATCHES = 10
BATCH = 60  # the original study's numbers: ten batches of sixty faces
_AT_ONCE = 4  # a small server's queues stay free for others
UNSEEN = "no face detected"


@dataclass(frozen=True)
class Count:
    """How the faces of one batch were judged: label -> how many, and how many batches are done."""

    seed: int
    labels: dict[str, int]


async def study(session: Session, first_seed: int) -> AsyncIterator[Count | int]:
    """Run the batches from consecutive seeds; yields the number of faces judged so far, and each batch's count.

    Raises HexafaceError, PortalError: a face that could not be judged ends the study.
    """
    judged = 0
    for seed in range(first_seed, first_seed + BATCHES):
        faces = (await session.send_patiently(calls.generate(count=BATCH, seed=seed))).images
        labels: dict[str, int] = {}
        for start in range(0, BATCH, _AT_ONCE):
            some = faces[start : start + _AT_ONCE]
            for label in await asyncio.gather(*(_gender(session, face) for face in some)):
                labels[label] = labels.get(label, 0) + 1
            judged += len(some)
            yield judged
        yield Count(seed, labels)


async def _gender(session: Session, face: str) -> str:
    picture = base64.b64decode(face)
    answer = await session.send_patiently(calls.analyze(picture, features=["attributes"], max_faces=1))
    if answer.problems:  # no answer of the model is not "no face": the study would count wrong
        raise StudyError("The study stopped", "; ".join(problem.detail for problem in answer.problems))
    found = answer.faces[0].attributes if answer.faces else None
    return found.gender.label if found is not None else UNSEEN
