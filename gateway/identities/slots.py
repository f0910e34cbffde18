"""The two embeddings of a face: the searched one, and the one of a move to or from another embedder."""

from gateway.stores.tables import CollectionRow, FaceRow

COLUMNS = ("embedding", "embedding_b")
"""The column of `faces` for each slot."""


def live_column(collection: CollectionRow) -> str:
    """The column that is searched."""
    return COLUMNS[collection.slot]


def other_column(collection: CollectionRow) -> str:
    """The column of a move."""
    return COLUMNS[1 - collection.slot]


def live_embedding(collection: CollectionRow, face: FaceRow) -> bytes:
    """The searched embedding of a face; empty for one that was left behind by a move."""
    found: bytes | None = getattr(face, live_column(collection))
    return found or b""
