"""What deleting a large collection costs the others: another tenant's searches while it goes on, before and now.

python -m benchmarks.deletion [--faces 20000]

`locked` is how it was done until 2026-11-25 (the index dropped and all rows deleted in one transaction), `stepwise` is
`Collections.delete`. A backup (a transaction that has read the table) is open for the first seconds, as one would be.
"""

import argparse
import asyncio
import os
import tempfile
import time
import uuid
from array import array
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.identity import NewCollection
from contracts.models import ModelRef
from gateway.identities.indexing import build_index, index_name
from gateway.identities.search import nearest_subjects
from gateway.parts import Parts
from gateway.settings.gateway import GatewaySettings
from gateway.settings.stores import StoreSettings
from gateway.stores.database import single_connection_engine
from gateway.stores.tables import CollectionRow
from hexaface.embedded.stores import running_database
from web.logs import configure_logs

_DIMENSIONS, _OTHERS_FACES, _BACKUP_SECONDS = 192, 2000, 5.0
_MODEL = ModelRef(name="benchmark", version="0", digest="0" * 64)
_PEOPLE = text(
    "WITH who AS (INSERT INTO subjects (collection_pk, id, metadata) "
    "SELECT :pk, 'p' || n, '{}' FROM generate_series(1, :people) AS n RETURNING pk) "
    "INSERT INTO faces (id, collection_pk, subject_pk, embedding, face, warnings, image_sha256) "
    "SELECT gen_random_uuid(), :pk, pk, "
    "(SELECT array_agg(random() - 0.5) FROM generate_series(1, :dimensions + 0 * who.pk))::vector, "
    "'{}', '{}', decode(md5(:pk || '/' || pk), 'hex') FROM who"
)


async def measured(parts: Parts, way: str, faces: int) -> tuple[float, list[float]]:
    """Delete a collection; the seconds that took and the seconds of each search of another tenant meanwhile."""
    large, other = await _filled(parts, "a", faces), await _filled(parts, "b", _OTHERS_FACES)
    if parts.database.url:
        await build_index(parts.database.url, large.pk, _DIMENSIONS)
    backup = asyncio.create_task(_backup(parts))
    searches: list[float] = []
    searching = asyncio.create_task(_search(parts, other, searches))
    await asyncio.sleep(1)
    searches.clear()
    started = time.perf_counter()
    if way == "locked":
        async with parts.database.transaction() as session:
            await _delete_locked(session, large)
    else:
        await parts.collections.delete("a", large.id)
    seconds = time.perf_counter() - started
    await backup
    await asyncio.sleep(1)
    searching.cancel()
    return seconds, searches


async def _filled(parts: Parts, tenant: str, people: int) -> CollectionRow:
    name = f"c{uuid.uuid4().hex}"
    await parts.collections.create(tenant, NewCollection(id=name), _MODEL, _DIMENSIONS)
    row = await parts.collections.row(tenant, name)
    async with parts.database.transaction() as session:
        await session.execute(_PEOPLE, {"pk": row.pk, "people": people, "dimensions": _DIMENSIONS})
    return row


async def _backup(parts: Parts) -> None:
    engine = single_connection_engine(parts.database.url or "")
    async with engine.connect() as connection:
        await connection.execute(text("SELECT count(*) FROM faces"))
        await asyncio.sleep(_BACKUP_SECONDS)
    await engine.dispose()


async def _search(parts: Parts, row: CollectionRow, seconds: list[float]) -> None:
    query = array("f", [1.0] * _DIMENSIONS).tobytes()
    while True:
        started = time.perf_counter()
        async with parts.database.transaction() as session:
            await nearest_subjects(session, row, query, 5, faces=_OTHERS_FACES, indexed=False)
        seconds.append(time.perf_counter() - started)


async def _delete_locked(session: AsyncSession, row: CollectionRow) -> None:
    await session.execute(text(f"DROP INDEX IF EXISTS {index_name(row.pk)}"))
    await session.execute(text("DELETE FROM collections WHERE pk = :pk"), {"pk": row.pk})


async def main() -> None:
    """Print a line of the table in docs/decisions/0011 for each way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--faces", type=int, default=20_000)
    faces = parser.parse_args().faces
    configure_logs("WARNING", "console")
    print(
        "| deletion | its answer after, s | another tenant's search: median, ms | slowest, s |\n|---|---|---|---|"
    )
    with (
        tempfile.TemporaryDirectory(prefix="hexaface-", ignore_cleanup_errors=True) as home,
        running_database(Path(home)) as url,
    ):
        os.chmod(home, 0o755)  # noqa: PTH101, S103  # the account of the server has to enter
        parts = Parts(
            GatewaySettings(stores=StoreSettings(database_url=url, redis_url=None, database_timeout=60))
        )
        await parts.database.open()
        for way in ("locked", "stepwise"):
            seconds, searches = await measured(parts, way, faces)
            median = sorted(searches)[len(searches) // 2] * 1e3
            print(f"| {way} | {seconds:.1f} | {median:.0f} | {max(searches):.2f} |")
        await parts.database.aclose()


if __name__ == "__main__":
    asyncio.run(main())
