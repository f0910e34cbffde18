"""A backup of the embedded server brings back everything: people, their faces, and the index that finds them."""

import os
import subprocess
import sys

from gateway.identities.indexing import build_index
from gateway.parts import Parts
from gateway.settings.gateway import GatewaySettings
from gateway.settings.stores import StoreSettings

DIMENSIONS = 192
STAFF = "/v1/collections/staff"
PEOPLE = [f"p{i}" for i in range(8)]


def hexaface_database(command, file, url):
    done = subprocess.run(
        [sys.executable, "-m", "hexaface.commands.app", "database", command, file],
        env=os.environ | {"DATABASE_URL": url}, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


async def enrolled(client, person):
    assert (await client.post("/v1/collections", json={"id": "staff"})).status_code == 201
    for i, name in enumerate(PEOPLE):
        subject = {"id": name, "name": name.upper(), "metadata": {"badge": i, "notes": ["\u00e9", None]}}
        assert (await client.post(f"{STAFF}/subjects", json=subject)).status_code == 201
        for shot in range(3):
            picture = {"image": person(name, shot=shot)}
            assert (await client.post(f"{STAFF}/subjects/{name}/faces", files=picture)).status_code == 201


async def indexed(url):
    """Build the collection's index, as upkeep does from 10,000 faces on."""
    parts = Parts(GatewaySettings(stores=StoreSettings(database_url=url, redis_url=None)))
    await parts.database.open()
    row = await parts.collections.row("default", "staff")
    await parts.database.aclose()
    assert await build_index(url, row.pk, DIMENSIONS)


async def everything(client, person):
    """All that the API shows of the collection, and who it takes new pictures for."""
    found = [(await client.get(path)).json() for path in (STAFF, f"{STAFF}/subjects")]
    for name in PEOPLE:
        found.append((await client.get(f"{STAFF}/subjects/{name}/export")).json())
        picture = {"image": person(name, "stranger", shot=9)}
        answer = (await client.post(f"{STAFF}/identify", files=picture, data={"top_k": 4})).json()
        assert (answer["faces"][0]["decision"], answer["search"]) == ("match", "index")
        assert answer["faces"][0]["candidates"][0]["subject"] == name
        found.append({key: value for key, value in answer.items() if key != "timings_ms"})
    return found


async def test_a_restored_backup_recognises_the_same_people(new_database, gateway_over, person, tmp_path):
    old, new, dump = await new_database(), await new_database(), tmp_path / "all.dump"
    async with gateway_over(database_url=old) as client:
        await enrolled(client, person)
        await indexed(old)
        before = await everything(client, person)
    hexaface_database("backup", dump, old)
    hexaface_database("restore", dump, new)
    async with gateway_over(database_url=new) as client:
        assert before == await everything(client, person)
        assert (await client.delete(f"{STAFF}/subjects/p0")).status_code == 204
    hexaface_database("restore", dump, new)
    async with gateway_over(database_url=new) as client:
        assert before == await everything(client, person)
