"""Pictures and collections: DetectFaces, CompareFaces, and the four operations on collections."""

from contracts.identity import NewCollection
from gateway.dialects.pinned import default_embedder
from gateway.dialects.rekognition import requests
from gateway.dialects.rekognition.desk import Json, RekognitionDesk, after_of, percentage, token_of
from gateway.dialects.rekognition.details import NAMES, brief, detail, features_for
from gateway.dialects.rekognition.errors import RekognitionError
from gateway.keys import audit
from gateway.stores.vectors import cosine


async def detect_faces(desk: RekognitionDesk, asked: requests.DetectFaces) -> Json:
    """Every face of a picture, the largest first."""
    names = attribute_names(asked.attributes)
    found = await desk.analyzed(asked.image, features_for(names))
    return {"FaceDetails": [detail(face, found.image, names) for face in found.faces]}


async def compare_faces(desk: RekognitionDesk, asked: requests.CompareFaces) -> Json:
    """The largest face of the source against every face of the target."""
    filtered = asked.quality_filter != "NONE"
    embedder = await default_embedder(desk.parts)
    source, picture = await desk.largest(asked.source_image, embedder, filtered=filtered)
    target = await desk.embedded(asked.target_image, embedder)
    matches, others = [], []
    for face in target.found.faces:
        if filtered and desk.lacks(face):
            continue
        similarity = percentage(embedder, cosine(source.embedding, face.embedding))
        shown = brief(face.face, target.found.image)
        if similarity >= asked.similarity_threshold:
            matches.append({"Similarity": similarity, "Face": shown})
        else:
            others.append(shown)
    shown_source = brief(source.face, picture.found.image)
    return {
        "SourceImageFace": {name: shown_source[name] for name in ("BoundingBox", "Confidence")},
        "FaceMatches": sorted(matches, key=lambda match: -match["Similarity"]),
        "UnmatchedFaces": others,
    }


async def create_collection(desk: RekognitionDesk, asked: requests.CreateCollection) -> Json:
    """A new, empty collection, pinned to the embedder that is loaded."""
    model, dimensions = await desk.parts.embedders.for_new_collections()
    new = NewCollection(id=asked.collection_id)
    await desk.parts.collections.create(desk.who.tenant, new, model, dimensions)
    audit.record(desk.who, "collection.create", collection=asked.collection_id)
    return {
        "CollectionArn": _arn(desk, asked.collection_id),
        "FaceModelVersion": version_of(model.version),
        "StatusCode": 200,
    }


async def describe_collection(desk: RekognitionDesk, asked: requests.OfCollection) -> Json:
    """How much a collection holds."""
    found = await desk.parts.collections.read(desk.who.tenant, asked.collection_id)
    faces, users = await desk.gallery(asked.collection_id).count()
    return {
        "FaceCount": faces,
        "UserCount": users,
        "FaceModelVersion": version_of(found.model.version),
        "CollectionARN": _arn(desk, asked.collection_id),
        "CreationTimestamp": found.created_at.timestamp(),
    }


async def list_collections(desk: RekognitionDesk, asked: requests.Listing) -> Json:
    """A page of collections by id."""
    limit = min(asked.max_results, 1000)
    page = await desk.parts.collections.page(desk.who.tenant, after=after_of(asked.next_token), limit=limit)
    return {
        "CollectionIds": [found.id for found in page.collections],
        "FaceModelVersions": [version_of(found.model.version) for found in page.collections],
        **token_of(page.next),
    }


async def delete_collection(desk: RekognitionDesk, asked: requests.OfCollection) -> Json:
    """Erase a collection with all it holds."""
    faces = await desk.parts.collections.delete(desk.who.tenant, asked.collection_id)
    audit.record(desk.who, "collection.erase", collection=asked.collection_id, faces=faces)
    return {"StatusCode": 200}


def attribute_names(names: list[str]) -> list[str]:
    """The asked attributes. Raises RekognitionError for one that Rekognition does not know."""
    unknown = sorted(set(names) - NAMES)
    if unknown:
        raise RekognitionError("InvalidParameterException", f"Unknown attributes: {', '.join(unknown)}.")
    return names


def version_of(model_version: str) -> str:
    """A model version as Rekognition shows one: two numbers."""
    return ".".join(model_version.split(".")[:2])


def _arn(desk: RekognitionDesk, collection: str) -> str:
    return f"aws:rekognition:hexaface:{desk.who.tenant}:collection/{collection}"
