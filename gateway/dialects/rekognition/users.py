"""Users: the people that stored faces are associated with."""

from collections.abc import Iterable

from contracts.identity import NewSubject
from gateway.dialects.pinned import KnownEmbedder
from gateway.dialects.rekognition import requests
from gateway.dialects.rekognition.desk import Json, RekognitionDesk, after_of, percentage, token_of
from gateway.dialects.rekognition.details import brief
from gateway.dialects.rekognition.errors import RekognitionError
from gateway.dialects.rekognition.gallery import Stored
from gateway.dialects.rekognition.operations import version_of
from gateway.identities.merging import NOTES
from gateway.keys import audit
from gateway.stores.tables import CollectionRow
from gateway.stores.vectors import cosine

_MOST_PER_USER = 100
# A user may have a hundred faces: enough of them are fetched to name the asked number of users.
_FACES_PER_USER = 8


async def create_user(desk: RekognitionDesk, asked: requests.OfUser) -> Json:
    """A user without faces. Raises ConflictError when the id is taken."""
    new = NewSubject(id=asked.user_id, metadata={NOTES: {"faces": {}}})
    await desk.parts.subjects.create(desk.who.tenant, asked.collection_id, new)
    audit.record(desk.who, "subject.create", collection=asked.collection_id)
    return {}


async def delete_user(desk: RekognitionDesk, asked: requests.OfUser) -> Json:
    """Delete a user; their faces stay, and belong to nobody."""
    await desk.parts.subjects.read(desk.who.tenant, asked.collection_id, asked.user_id)
    await desk.gallery(asked.collection_id).take(await _faces_of(desk, asked.collection_id, asked.user_id))
    await desk.parts.subjects.delete(desk.who.tenant, asked.collection_id, asked.user_id)
    audit.record(desk.who, "subject.erase", collection=asked.collection_id, faces=0)
    return {}


async def list_users(desk: RekognitionDesk, asked: requests.ListUsers) -> Json:
    """A page of users by id."""
    found, after = await desk.gallery(asked.collection_id).users(
        after=after_of(asked.next_token), limit=asked.max_results
    )
    return {"Users": [{"UserId": user, "UserStatus": "ACTIVE"} for user in found], **token_of(after)}


async def associate_faces(desk: RekognitionDesk, asked: requests.AssociateFaces) -> Json:
    """Give faces to a user: those that resemble the user's other ones, and the first in any case."""

    async def work(_: CollectionRow, embedder: KnownEmbedder) -> Json:
        return await _associated(desk, asked, embedder)

    return await desk.within(asked.collection_id, work)


async def _associated(desk: RekognitionDesk, asked: requests.AssociateFaces, embedder: KnownEmbedder) -> Json:
    await desk.parts.subjects.read(desk.who.tenant, asked.collection_id, asked.user_id)
    known = await desk.stored(asked.collection_id, asked.face_ids)
    theirs = await _faces_of(desk, asked.collection_id, asked.user_id)
    if len(theirs) + len(asked.face_ids) > _MOST_PER_USER:
        raise RekognitionError("ServiceQuotaExceededException", f"A user has at most {_MOST_PER_USER} faces.")
    given: list[Stored] = []
    refused: list[Json] = []
    for face_id in asked.face_ids:
        face = known.get(face_id)
        reasons = _why_not(face, asked, [*theirs, *given], embedder)
        if reasons or face is None:
            refused.append({"FaceId": face_id, "UserId": asked.user_id, "Reasons": reasons})
        elif face.user is None:
            given.append(face)
    await desk.gallery(asked.collection_id).give(given, asked.user_id)
    done = [{"FaceId": face.face_id} for face in given]
    return {"AssociatedFaces": done, "UnsuccessfulFaceAssociations": refused, "UserStatus": "ACTIVE"}


async def disassociate_faces(desk: RekognitionDesk, asked: requests.DisassociateFaces) -> Json:
    """Take faces from a user."""
    await desk.parts.subjects.read(desk.who.tenant, asked.collection_id, asked.user_id)
    known = await desk.stored(asked.collection_id, asked.face_ids)
    taken = [face for face in known.values() if face.user == asked.user_id]
    await desk.gallery(asked.collection_id).take(taken)
    ids = {face.face_id for face in taken}
    refused = [
        {
            "FaceId": face_id,
            "Reasons": ["ASSOCIATED_TO_A_DIFFERENT_USER" if face_id in known else "FACE_NOT_FOUND"],
        }
        for face_id in asked.face_ids
        if face_id not in ids
    ]
    return {
        "DisassociatedFaces": [{"FaceId": face_id} for face_id in sorted(ids)],
        "UnsuccessfulFaceDisassociations": refused,
        "UserStatus": "ACTIVE",
    }


async def search_users(desk: RekognitionDesk, asked: requests.SearchUsers) -> Json:
    """The users most like a user or a stored face."""
    if (asked.user_id is None) == (asked.face_id is None):
        raise RekognitionError("InvalidParameterException", "Name either a UserId or a FaceId.")

    async def work(_: CollectionRow, embedder: KnownEmbedder) -> Json:
        if asked.face_id is not None:
            face = await desk.one_stored(asked.collection_id, asked.face_id)
            found = await _matches(desk, asked, [face], embedder, without=face.user)
            return {"SearchedFace": {"FaceId": asked.face_id}, **found}
        user = str(asked.user_id)
        await desk.parts.subjects.read(desk.who.tenant, asked.collection_id, user)
        faces = await _faces_of(desk, asked.collection_id, user)
        return {
            "SearchedUser": {"UserId": user},
            **await _matches(desk, asked, faces, embedder, without=user),
        }

    return await desk.within(asked.collection_id, work)


async def search_users_by_image(desk: RekognitionDesk, asked: requests.SearchUsersByImage) -> Json:
    """The users most like the largest face of a picture."""

    async def work(_: CollectionRow, embedder: KnownEmbedder) -> Json:
        face, picture = await desk.largest(asked.image, embedder, filtered=asked.quality_filter != "NONE")
        searched = Stored("", "", None, face.face.score, face.embedding)
        others = [brief(f.face, picture.found.image) for f in picture.found.faces if f is not face]
        return {
            "SearchedFace": {"FaceDetail": brief(face.face, picture.found.image)},
            "UnsearchedFaces": [{"FaceDetails": other, "Reasons": ["FACE_NOT_LARGEST"]} for other in others],
            **await _matches(desk, asked, [searched], embedder),
        }

    return await desk.within(asked.collection_id, work)


async def _matches(
    desk: RekognitionDesk,
    asked: requests.SearchUsers | requests.SearchUsersByImage,
    faces: Iterable[Stored],
    embedder: KnownEmbedder,
    without: str | None = None,
) -> Json:
    """UserMatches by each user's best face, from the threshold upwards, best first."""
    gallery, best = desk.gallery(asked.collection_id), dict[str, float]()
    for face in faces:
        hits = await gallery.nearest(face.embedding, embedder.model, asked.max_users * _FACES_PER_USER)
        known = await desk.stored(asked.collection_id, [hit.face_id for hit in hits]) if hits else {}
        for hit in hits:
            user = known[hit.face_id].user if hit.face_id in known else None
            if user is not None and user != without:
                best[user] = max(best.get(user, -1.0), hit.similarity)
    found = []
    for user, similarity in sorted(best.items(), key=lambda entry: -entry[1]):
        alike = percentage(embedder, similarity)
        if alike >= asked.user_match_threshold:
            found.append({"Similarity": alike, "User": {"UserId": user, "UserStatus": "ACTIVE"}})
    return {"UserMatches": found[: asked.max_users], "FaceModelVersion": version_of(embedder.model.version)}


async def _faces_of(desk: RekognitionDesk, collection: str, user: str) -> list[Stored]:
    faces, _ = await desk.gallery(collection).faces(limit=_MOST_PER_USER + 1, user=user)
    return faces


def _why_not(
    face: Stored | None, asked: requests.AssociateFaces, theirs: list[Stored], embedder: KnownEmbedder
) -> list[str]:
    """Why a face cannot be given to the user."""
    if face is None:
        return ["FACE_NOT_FOUND"]
    if face.user not in (None, asked.user_id):
        return ["ASSOCIATED_TO_A_DIFFERENT_USER"]
    if not theirs or face.user == asked.user_id:
        return []
    nearest = max(cosine(face.embedding, other.embedding) for other in theirs)
    return [] if percentage(embedder, nearest) >= asked.user_match_threshold else ["LOW_MATCH_CONFIDENCE"]
