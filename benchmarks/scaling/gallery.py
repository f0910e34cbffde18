"""What a gallery of many faces takes, from what 100,000 of them take; a million bear it out (docs/performance-identity.md)."""

import math
from dataclasses import dataclass

# Measured: the index of 100,000 faces takes 66 MB and is built in 101 s on one core.
_INDEX_BYTES = 660
_BUILD_SECONDS = 101 / 100_000
_MEASURED = 100_000
# A row: 192 floats of 4 bytes in a vector with 8 bytes of head, two uuids, texts, times, the tuple's and the page's share;
# its keys' B-trees.
_ROW_BYTES = 192 * 4 + 8 + 240
_KEYS_BYTES = 120
# A search that touches pages on disk takes tens of them; one in memory about 7 ms at 100,000 faces, of which 5 are the way
# to PostgreSQL and back. HNSW's work grows with the logarithm (Malkov & Yashunin, IEEE TPAMI 42(4), 2020, section 4.2).
_WAY_MS, _SEARCH_MS = 5.0, 2.0
# So many in one index are built within a day on four cores.
_IN_ONE = 20_000_000
_BUILDERS = 4


@dataclass(frozen=True)
class Gallery:
    """The needs of one collection."""

    faces: int
    heap_gib: float
    """Rows and their keys."""
    index_gib: float
    """The HNSW index: must stay in memory."""
    partitions: int
    faces_each: int
    build_hours: float
    """Of all indexes, one after the other, four workers each."""
    search_ms: float
    """One index after the other in one query; side by side on as many workers it is the time of one."""


def gallery(faces: int) -> Gallery:
    """Extrapolated, not measured beyond 100,000."""
    partitions = max(1, math.ceil(faces / _IN_ONE))
    each = math.ceil(faces / partitions)
    growth = math.log(max(each, _MEASURED)) / math.log(_MEASURED)
    build = faces * _BUILD_SECONDS * growth / _BUILDERS / 3600
    return Gallery(
        faces,
        faces * (_ROW_BYTES + _KEYS_BYTES) / 2**30,
        faces * _INDEX_BYTES / 2**30,
        partitions,
        each,
        build,
        _WAY_MS + partitions * _SEARCH_MS * growth,
    )
