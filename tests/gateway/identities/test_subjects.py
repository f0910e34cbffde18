"""Subjects under requests that cross."""

import asyncio

from sqlalchemy import text

from gateway.stores.database import single_connection_engine


async def test_a_change_of_a_subject_that_is_just_being_erased_is_404(api, collection, stores):
    await api.post(f"{collection}/subjects", json={"id": "ann"})
    engine = single_connection_engine(stores.database)
    async with engine.connect() as connection:
        await connection.execute(text("DELETE FROM subjects WHERE id = 'ann'"))
        change = asyncio.create_task(api.patch(f"{collection}/subjects/ann", json={"name": "Ann"}))
        await until_somebody_waits_for(connection)
        await connection.commit()
    await engine.dispose()
    answer = await change
    assert (answer.status_code, answer.json()["type"]) == (404, "not-found")


async def until_somebody_waits_for(connection):
    """Another transaction waits for a row of this one."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )
    for _ in range(200):
        if await connection.scalar(waiting):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waited")
