"""The calls about a whole collection: its description, its statistics, and who in it should be looked at again."""

from contracts.collections import CollectionChange, CollectionCheck, CollectionStatistics
from contracts.identity import Collection
from hexaface.client.call import Call
from hexaface.client.paths import collection_path
from hexaface.client.stating import checked


def change_collection(collection: str, *, description: str) -> Call[Collection]:
    """Change a collection's description."""
    body = checked(CollectionChange, description=description)
    return Call("PATCH", collection_path(collection), Collection.from_json, body=body)


def collection_statistics(collection: str) -> Call[CollectionStatistics]:
    """What a collection holds, in numbers."""
    return Call("GET", collection_path(collection, "statistics"), CollectionStatistics.from_json)


def check_collection(
    collection: str, *, after: str = "", limit: int = 20, false_positive_rate: float = 0.001
) -> Call[CollectionCheck]:
    """Look at a page of subjects: who looks like another one, and which faces do not fit their subject."""
    query: dict[str, str | int | None] = {
        "after": after,
        "limit": limit,
        "false_positive_rate": str(false_positive_rate),
    }
    return Call("GET", collection_path(collection, "check"), CollectionCheck.from_json, query=query)
