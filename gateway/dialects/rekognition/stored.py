"""Stored faces: IndexFaces, ListFaces, DeleteFaces, SearchFaces, SearchFacesByImage."""

import uuid

from gateway.dialects.pinned import KnownEmbedder
from gateway.dialects.rekognition import requests
from gateway.dialects.rekognition.desk import Json, RekognitionDesk, after_of, percentage, token_of
from gateway.dialects.rekognition.details import box_of, brief, detail, features_for, percent
from gateway.dialects.rekognition.gallery import Stored
from gateway.dialects.rekognition.operations import attribute_names, version_of
from gateway.identities.faces import NewFace
from gateway.keys import audit
from gateway.stores.tables import CollectionRow
from web.problems import UnavailableError


async def index_faces(desk: RekognitionDesk, asked: requests.IndexFaces) -> Json:
    """Store every face of a picture that is fit for it, the largest first."""

    async def work(row: CollectionRow, embedder: KnownEmbedder) -> Json:
        return await _indexed(desk, asked, row, embedder)

    return await desk.within(asked.collection_id, work)


async def _indexed(
    desk: RekognitionDesk, asked: requests.IndexFaces, row: CollectionRow, embedder: KnownEmbedder
) -> Json:
    names = attribute_names(asked.detection_attributes)
    gallery = desk.gallery(asked.collection_id)
    keep_chip = await desk.parts.faces.keeps_chips(row)
    found = await desk.embedded(asked.image, embedder, chips=keep_chip)
    features = features_for(names)
    described = {f.box: f for f in (await desk.analyzed(asked.image, features)).faces} if features else {}
    image, model = found.found.image, found.found.embedder
    largest_first = sorted(found.found.faces, key=lambda f: -f.face.box.width * f.face.box.height)
    image_id = str(uuid.uuid4())
    records: list[Json] = []
    unindexed: list[Json] = []
    for face in largest_first:
        known = described.get(face.face.box)
        shown = detail(known, image, names) if known else brief(face.face, image)
        reasons = desk.lacks(face) if asked.quality_filter != "NONE" else []
        if len(records) >= asked.max_faces:
            reasons.append("EXCEEDS_MAX_FACES")
        if reasons:
            unindexed.append({"Reasons": reasons, "FaceDetail": shown})
            continue
        if model is None:
            raise UnavailableError("the embedder did not say which model it is")
        notes = {"ImageId": image_id, "BoundingBox": box_of(face.face, image)}
        if asked.external_image_id is not None:
            notes["ExternalImageId"] = asked.external_image_id
        new = NewFace(
            face=face.face,
            embedding=face.embedding,
            model=model,
            image_sha256=found.digest,
            chip=await desk.parts.enroller.packed(found, face) if keep_chip else None,
        )
        made = await gallery.add(new, notes)
        kept = Stored(made.face_id, made.subject, None, face.face.score, face.embedding, notes)
        records.append({"Face": shown_face(kept), "FaceDetail": shown})
    version = {"FaceModelVersion": version_of(model.version)} if model else {}
    return {"FaceRecords": records, "UnindexedFaces": unindexed, **version}


async def list_faces(desk: RekognitionDesk, asked: requests.ListFaces) -> Json:
    """A page of stored faces."""
    version = version_of(
        (await desk.parts.collections.row(desk.who.tenant, asked.collection_id)).model_version
    )
    faces, after = await desk.gallery(asked.collection_id).faces(
        after=after_of(asked.next_token), limit=asked.max_results, user=asked.user_id, ids=asked.face_ids
    )
    return {"Faces": [shown_face(face) for face in faces], "FaceModelVersion": version, **token_of(after)}


async def delete_faces(desk: RekognitionDesk, asked: requests.DeleteFaces) -> Json:
    """Erase stored faces, and say which were not there."""
    await desk.parts.collections.row(desk.who.tenant, asked.collection_id)
    found = await desk.stored(asked.collection_id, asked.face_ids)
    await desk.gallery(asked.collection_id).erase(list(found.values()))
    for face in found:
        audit.record(desk.who, "face.erase", collection=asked.collection_id, face=face)
    missing = [
        {"FaceId": face_id, "Reasons": ["FACE_NOT_FOUND"]}
        for face_id in asked.face_ids
        if face_id not in found
    ]
    return {"DeletedFaces": list(found), "UnsuccessfulFaceDeletions": missing}


async def search_faces(desk: RekognitionDesk, asked: requests.SearchFaces) -> Json:
    """The stored faces most like a stored one, which is left out."""

    async def work(_: CollectionRow, embedder: KnownEmbedder) -> Json:
        face = await desk.one_stored(asked.collection_id, asked.face_id)
        return await _matches(desk, asked, face.embedding, embedder, without=face.face_id)

    return {"SearchedFaceId": asked.face_id, **await desk.within(asked.collection_id, work)}


async def search_faces_by_image(desk: RekognitionDesk, asked: requests.SearchFacesByImage) -> Json:
    """The stored faces most like the largest face of a picture."""

    async def work(_: CollectionRow, embedder: KnownEmbedder) -> Json:
        face, picture = await desk.largest(asked.image, embedder, filtered=asked.quality_filter != "NONE")
        return {
            "SearchedFaceBoundingBox": box_of(face.face, picture.found.image),
            "SearchedFaceConfidence": percent(face.face.score),
            **await _matches(desk, asked, face.embedding, embedder),
        }

    return await desk.within(asked.collection_id, work)


async def _matches(
    desk: RekognitionDesk,
    asked: requests.SearchFaces | requests.SearchFacesByImage,
    embedding: bytes,
    embedder: KnownEmbedder,
    without: str | None = None,
) -> Json:
    """FaceMatches from the threshold upwards, best first."""
    most = asked.max_faces + (without is not None)
    hits = await desk.gallery(asked.collection_id).nearest(embedding, embedder.model, most)
    known = await desk.stored(asked.collection_id, [hit.face_id for hit in hits]) if hits else {}
    found = []
    for hit in hits:
        similarity = percentage(embedder, hit.similarity)
        if similarity >= asked.face_match_threshold and hit.face_id != without and hit.face_id in known:
            found.append({"Similarity": similarity, "Face": shown_face(known[hit.face_id])})
    return {"FaceMatches": found[: asked.max_faces], "FaceModelVersion": version_of(embedder.model.version)}


def shown_face(stored: Stored) -> Json:
    """A stored face as Rekognition shows it."""
    user = {} if stored.user is None else {"UserId": stored.user}
    return {"FaceId": stored.face_id, "Confidence": percent(stored.score), **stored.notes, **user}
