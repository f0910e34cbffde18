"""What identification adds to a request, over gallery size: by exact search and by the HNSW index, and the index's recall.

python -m benchmarks.gallery [--embeddings FILE.npz] [--sizes 1000,10000,100000]

FILE.npz is written by `python -m benchmarks.embeddings`: real faces' `embeddings` float32 (n, 192). The gallery is made of
mixtures of them, so that it lies where real embeddings lie. Without one, people are random directions, which is harder for
an index than real faces are. A time is that of `Identification.identify` for one face: everything between the embedding
and the answer. The build may take `HEXAFACE_INDEX_MEMORY_MB` for 1.1 MB per 1,000 faces; the memory shown is the most that one of
PostgreSQL's processes held meanwhile, its part of the shared buffers included.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray
from sqlalchemy import text

from contracts.faces import Box, Face, ImageSize, Landmarks, Point
from contracts.identity import NewCollection
from contracts.models import ModelDescription, ModelRef
from contracts.options import IdentifyOptions
from gateway.analysis.cache import FoundFace, FoundFaces
from gateway.analysis.embedding import EmbeddedPicture
from gateway.analysis.probes import probes_of
from gateway.identities.faces import new_face_id
from gateway.identities.identification import Identification
from gateway.identities.indexing import BUILD_MEMORY_MB, build_index, index_name
from gateway.parts import Parts
from gateway.settings.gateway import GatewaySettings
from gateway.settings.stores import StoreSettings
from gateway.stores.database import Database
from gateway.stores.redis import RedisCalls
from gateway.stores.replica import Reads
from gateway.stores.tables import CollectionRow
from hexaface.embedded.stores import running_database
from web.logs import configure_logs

Floats = NDArray[np.float32]

DIMENSIONS = 192
_QUERIES = 200
_TOP_K = 10
_MB = 1e6
_MODEL = ModelRef(name="benchmark", version="0", digest="0" * 64)
_EMBEDDER = ModelDescription(
    **_MODEL.model_dump(), task="embedder", provider="", device="", licence={}, training_data="", metrics={}
)
_OPTIONS = IdentifyOptions(top_k=_TOP_K, threshold=0.5)
# Two pictures of one person have a cosine of about 0.7 in LFW: noise of the same length as the face's own direction
# would give 0.5, so it is a little shorter.
_NOISE = 0.9


def unit(vectors: Floats) -> Floats:
    """Vectors (n, d) at length one."""
    scaled: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def population(count: int, real: Floats | None, chance: np.random.Generator) -> Floats:
    """One embedding (count, 192) per person."""
    if real is None:
        return unit(chance.normal(size=(count, DIMENSIONS)).astype(np.float32))
    first, second = (real[chance.integers(len(real), size=count)] for _ in range(2))
    wobble = chance.normal(scale=0.5 / DIMENSIONS**0.5, size=(count, DIMENSIONS)).astype(np.float32)
    share = chance.uniform(0.3, 0.7, size=(count, 1)).astype(np.float32)
    return unit(share * first + (1 - share) * second + wobble)


def other_shots(people: Floats, chance: np.random.Generator) -> Floats:
    """Another picture of each person."""
    noise = chance.normal(scale=_NOISE / DIMENSIONS**0.5, size=people.shape).astype(np.float32)
    return unit(people + noise)


async def fill(database: Database, row: CollectionRow, people: Floats) -> None:
    """One subject and face per person, by COPY."""
    async with database.transaction() as session:
        raw = await (await session.connection()).get_raw_connection()
        driver: Any = raw.driver_connection
        ids = [f"p{i}" for i in range(len(people))]
        await driver.copy_records_to_table(
            "subjects",
            records=[(row.pk, name, "{}") for name in ids],
            columns=["collection_pk", "id", "metadata"],
        )
        found = await driver.fetch("SELECT id, pk FROM subjects WHERE collection_pk = $1", row.pk)
        pks = {record["id"]: record["pk"] for record in found}
        faces: list[tuple[Any, ...]] = [
            (new_face_id(), row.pk, pks[name], vector.tobytes(), "{}", [], b"")
            for name, vector in zip(ids, people, strict=True)
        ]
        columns = ["id", "collection_pk", "subject_pk", "embedding", "face", "warnings", "image_sha256"]
        await driver.copy_records_to_table("faces", records=faces, columns=columns)


async def search(
    identification: Identification, name: str, queries: Floats
) -> tuple[list[list[str]], NDArray[np.float64]]:
    """The subjects found for each query, and the milliseconds each took."""
    found, times = [], []
    for query in queries:
        seen = probes_of(recognized(query))
        started = time.perf_counter()
        answer = await identification.identify("benchmark", name, seen, _EMBEDDER, _OPTIONS)
        times.append((time.perf_counter() - started) * 1e3)
        found.append([candidate.subject for candidate in answer.faces[0].candidates])
    return found, np.asarray(times)


def recognized(embedding: Floats) -> EmbeddedPicture:
    """A picture with one face, detected and embedded."""
    point = Point(x=0, y=0)
    landmarks = Landmarks(left_eye=point, right_eye=point, nose=point, mouth_left=point, mouth_right=point)
    face = Face(box=Box(x=0, y=0, width=100, height=120), score=0.9, landmarks=landmarks)
    faces = [FoundFace(face=face, embedding=embedding.tobytes())]
    found = FoundFaces(image=ImageSize(width=640, height=480), faces=faces, detector=_MODEL, embedder=_MODEL)
    return EmbeddedPicture(found, b"", "off", {})


async def measure(parts: Parts, size: int, real: Floats | None) -> str:
    """One line of the table."""
    chance = np.random.default_rng(size)
    database, collections, name = parts.database, parts.collections, f"gallery{size}"
    await collections.create("benchmark", NewCollection(id=name), _MODEL, DIMENSIONS)
    row = await collections.row("benchmark", name)
    people = population(size, real, chance)
    await fill(database, row, people)
    async with database.transaction() as session:
        await session.execute(text("ANALYZE faces, subjects"))
    queries = other_shots(people[chance.integers(size, size=_QUERIES)], chance)
    exact, exact_ms = await _warm_search(database, name, queries)
    started = time.perf_counter()
    allowed = max(BUILD_MEMORY_MB, size * 11 // 10_000)
    async with largest_process(database) as memory:
        await build_index(str(database.url), row.pk, DIMENSIONS, memory_mb=allowed)
    built = time.perf_counter() - started
    quick, quick_ms = await _warm_search(database, name, queries)
    first = np.mean([a[0] == b[0] for a, b in zip(exact, quick, strict=True)])
    ten = np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(exact, quick, strict=True)])
    p50, p95 = np.percentile(exact_ms, [50, 95])
    q50, q95 = np.percentile(quick_ms, [50, 95])
    sizes = text("SELECT pg_relation_size(to_regclass(:name)), pg_total_relation_size('faces')")
    async with database.transaction() as session:
        index, everything = (await session.execute(sizes, {"name": index_name(row.pk, 0)})).one()
    cells = [
        f"{size:,}",
        *(f"{ms:.1f}" for ms in (p50, p95, q50, q95)),
        f"{first:.3f}",
        f"{ten:.3f}",
        f"{built:.0f}",
        f"{memory.largest / _MB:.0f}",
    ]
    return f"| {' | '.join([*cells, f'{index / _MB:.0f}', f'{everything / _MB:.0f}'])} |"


@dataclass
class Memory:
    """The most that any of PostgreSQL's processes held, in bytes."""

    largest: int = 0


@asynccontextmanager
async def largest_process(database: Database) -> AsyncIterator[Memory]:
    """Watch PostgreSQL's processes every second."""
    seen = Memory()

    async def watch() -> None:
        while True:
            async with database.transaction() as session:
                pids = (await session.scalars(text("SELECT pid FROM pg_stat_activity"))).all()
            for pid in pids:
                with suppress(psutil.Error):
                    seen.largest = max(seen.largest, psutil.Process(pid).memory_info().rss)
            await asyncio.sleep(1)

    task = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        task.cancel()


async def _warm_search(
    database: Database, name: str, queries: Floats
) -> tuple[list[list[str]], NDArray[np.float64]]:
    """A new identification, which looks anew whether there is an index, measured when the store's memory is warm."""
    identification = Identification(Reads(database, None, RedisCalls(None, timeout=1)))
    await search(identification, name, queries)
    return await search(identification, name, queries)


async def main(sizes: list[int], real: Floats | None) -> None:
    """Print the table."""
    configure_logs("WARNING", "console")
    home = Path(tempfile.mkdtemp(prefix="hexaface-bench-"))
    with running_database(home) as url:
        stores = StoreSettings(database_url=url, redis_url=None, database_timeout=600)
        parts = Parts(GatewaySettings(stores=stores))
        await parts.database.open()
        print(f"{datetime.now(UTC):%Y-%m-%d}, load {os.getloadavg()[0]:.1f}\n")
        print(
            "| faces | exact p50 ms | p95 | index p50 ms | p95 | recall@1 | recall@10 | build s | its memory MB | index MB "
            "| all galleries so far MB |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|---|")
        for size in sizes:
            print(await measure(parts, size, real), flush=True)
        await parts.database.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--embeddings", type=Path, help="real embeddings to mix")
    parser.add_argument("--sizes", default="1000,10000,100000")
    given = parser.parse_args()
    mixed = np.load(given.embeddings)["embeddings"].astype(np.float32) if given.embeddings else None
    asyncio.run(main([int(size) for size in given.sizes.split(",")], mixed))
