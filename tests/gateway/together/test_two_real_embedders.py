"""A collection moves from the shipped embedder to foamliu's, in processes of their own, under load and kill -9."""

import itertools
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image

from export import manifest
from tests.gateway.together.callers import Callers, Load, shot
from tests.gateway.together.processes import Process, gateway_process
from tests.paths import ROOT, SAMPLES
from tests.second_embedder import write_models

pytestmark = pytest.mark.timeout(1500)  # two minutes on a quiet machine

SHOTS = 3
PEOPLE = 12
KEY = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=\n"


@pytest.fixture(scope="module")
def next_models(tmp_path_factory):
    """A folder with foamliu's embedder."""
    folder = tmp_path_factory.mktemp("models-next")
    write_models(folder)
    return folder


@pytest.fixture(scope="module")
def digests(next_models):
    """Of the shipped embedder, and of the other one."""
    return tuple(manifest.read(folder)["embedder"]["sha256"] for folder in (ROOT / "models", next_models))


@pytest.fixture(scope="module")
def services(next_models):
    """A detector and both embedders: the addresses as the gateway wants them."""
    started = [
        Process(
            ["serving", task],
            code=ROOT,
            environment={
                "HEXAFACE_MODELS": str(models),
                "HEXAFACE_THREADS": "1",
                "HEXAFACE_LOG_LEVEL": "ERROR",
            },
            ready="/readyz",
        )
        for task, models in (
            ("detector", ROOT / "models"),
            ("embedder", ROOT / "models"),
            ("embedder", next_models),
        )
    ]
    try:
        detector, *embedders = (service.await_ready().url for service in started)
        yield {"HEXAFACE_DETECTOR_URL": detector, "HEXAFACE_EMBEDDER_URL": ",".join(embedders)}
    finally:
        for service in started:
            service.kill()


class Gateways(list):
    """Gateways over one database, and a client for all callers."""

    def __init__(self, count, environment, client):
        super().__init__(gateway_process(ROOT, environment) for _ in range(count))
        self.client = client
        for gateway in self:
            gateway.await_ready()


@pytest.fixture(scope="module")
async def gateways(services, stores, new_database, tmp_path_factory):
    """Two gateways, with a key for kept chips."""
    keys = tmp_path_factory.mktemp("keys") / "chip_key"
    keys.write_text(KEY)
    # The driver's name in the URL is the tests' own.
    database = (await new_database()).replace("postgresql+asyncpg", "postgresql")
    environment = services | {
        "DATABASE_URL": database,
        "REDIS_URL": stores.redis,
        "HEXAFACE_CHIP_KEY_FILE": str(keys),
        "HEXAFACE_LOG_LEVEL": "ERROR",
    }
    with httpx.Client(timeout=60) as client:
        both = Gateways(2, environment, client)
        yield both
        for gateway in both:
            gateway.kill()


@pytest.fixture(scope="module")
def people(gateways):
    """Name -> picture of one face of a group photo, with what surrounds it."""

    def faces_of(picture):
        answer = gateways.client.post(f"{gateways[0].url}/v1/detect", files={"image": picture})
        return answer.json()["faces"]

    found = {}
    for name in ("grace_hopper", "mona_lisa", "obama_2009", "cabinet_meeting_2013", "solvay_1927"):
        file = SAMPLES / f"{name}.jpg"
        good = [f for f in faces_of(file.read_bytes()) if f["box"]["height"] >= 30 and f["score"] > 0.85]
        with Image.open(file) as photo:
            alone = {f"{name}-{place}": _around(photo, face["box"]) for place, face in enumerate(good)}
        # Nobody whose neighbour looks into the picture.
        found |= {name: one for name, one in alone.items() if len(faces_of(shot(one, 0))) == 1}
        if len(found) >= PEOPLE:
            break
    return dict(list(found.items())[:PEOPLE])


def _around(photo, box):
    """The face alone, large enough for everybody's quality gate."""
    margin = 0.35 * box["height"]
    left, top = box["x"] - margin, box["y"] - margin
    edges = (left, top, box["x"] + box["width"] + margin, box["y"] + box["height"] + margin)
    return photo.crop([round(edge) for edge in edges]).resize((240, 280)).convert("RGB")


def command(*arguments, url):
    """`hexaface reembed ...` as a process."""
    return subprocess.Popen(
        [sys.executable, "-m", "hexaface.commands.app", "reembed", *arguments, "--url", url],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(*arguments, url):
    """What it prints, once it has succeeded."""
    running = command(*arguments, url=url)
    out, err = running.communicate(timeout=180)
    assert running.returncode == 0, err
    return out


def create(gateways, name, **body):
    """A new collection, as its callers see it."""
    made = gateways.client.post(f"{gateways[0].url}/v1/collections", json={"id": name, **body})
    assert made.status_code == 201, made.text
    return Callers(gateways, name)


def test_nobody_is_lost_or_missed_while_command_and_gateways_are_killed(gateways, people, digests):
    old, new = digests
    url, callers = gateways[0].url, create(gateways, "staff", keep_chips=True)
    given, late = {}, sorted(people)[::5]

    def enrol(name, number):
        given[name, number] = callers.enrol(name, shot(people[name], number), f"{name}/{number}")

    for name in people:
        callers.ask("POST", "/subjects", 201, json={"id": name})
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(enrol, *zip(*itertools.product(people, range(SHOTS)), strict=True)))
        with Load(callers, people) as load:
            # The command is killed at a random moment, then a gateway, whichever of them carries the move out.
            chance, during = random.Random(11), [pool.submit(enrol, name, SHOTS) for name in late]
            for victim in (None, gateways[1], gateways[0], None):
                kill_soon(command("staff", "--to", new[:12], url=url), chance)
                if victim:
                    victim.kill()
                    time.sleep(chance.uniform(0, 1))
                    victim.start()
                    victim.await_ready()
            assert said("staff", "--to", new[:12], url=url).startswith("moved: mobilefacenet-foamliu 1.0.0")
            for job in (*during, *(pool.submit(enrol, name, SHOTS + 1) for name in late)):
                job.result()
    assert load.wrong == []
    assert (load.models[0], load.models[-1]) == (old, new)
    assert_all_there(callers, people, given, new)

    turned = until_said("back: mobilefacenet ", "staff", "--back", url=url)
    assert f"{len(given)} of {len(given)} faces" in turned
    assert_all_there(callers, people, given, old)
    assert said("staff", "--back", url=url).startswith("moved: mobilefacenet-foamliu ")
    assert said("staff", "--end", url=url) == "ended\n"
    assert_all_there(callers, people, given, new)
    assert callers.ask("GET", "")["model"]["digest"] == new


def test_without_kept_crops_the_command_names_who_needs_a_new_picture(gateways, people, digests):
    old, new = digests
    url, callers = gateways[0].url, create(gateways, "guests")
    ann, bob = (people[name] for name in sorted(people)[:2])
    for name, picture in (("ann", ann), ("bob", bob)):
        callers.ask("POST", "/subjects", 201, json={"id": name})
        callers.enrol(name, shot(picture, 0), f"{name}/0")
    answer = said("guests", "--to", new, url=url)
    assert answer.startswith("moving: mobilefacenet ")
    assert "2 subjects need a new picture: ann, bob" in answer
    callers.enrol("ann", shot(ann, 1), "ann/1")
    assert callers.who(shot(bob, 2)) == ("bob", old)
    assert "1 subjects need a new picture: bob" in until_said("moving", "guests", "--to", new, url=url)
    callers.enrol("bob", shot(bob, 1), "bob/1")
    until_said("moved", "guests", "--to", new, url=url)
    assert [callers.who(shot(picture, 2)) for picture in (ann, bob)] == [("ann", new), ("bob", new)]


def test_the_command_says_what_it_cannot_do(gateways, digests):
    create(gateways, "nobody")
    for arguments, reason in (
        (("nobody", "--to", "f" * 12), "no embedder of HEXAFACE_EMBEDDER_URL has a model"),
        (("nobody", "--to", digests[0]), "is pinned to this model already"),
        (("nobody", "--back"), "is in no move"),
        (("nobody", "--back", "--end"), "exclude each other"),
    ):
        refused = command(*arguments, url=gateways[0].url)
        _, error = refused.communicate(timeout=60)
        assert refused.returncode == 1
        assert reason in error


def kill_soon(process, chance):
    """kill -9 at a random moment of what it does."""
    time.sleep(chance.uniform(0.6, 2.5))
    process.kill()
    process.communicate()


def until_said(beginning, *arguments, url):
    """Run the command until it can say so: the newest faces may still be on their way."""
    for _ in range(60):
        running = command(*arguments, url=url)
        out, _ = running.communicate(timeout=180)
        if out.startswith(beginning):
            return out
        time.sleep(0.5)
    raise AssertionError(f"{arguments} never said {beginning!r}")


def assert_all_there(callers, people, given, model):
    """Every acknowledged face is there, none twice, and everybody is found by `model`."""
    ids = [face for name in people for face in callers.faces(name)]
    assert sorted(ids) == sorted(given.values())
    assert {name: callers.who(shot(picture, 5)) for name, picture in people.items()} == {
        name: (name, model) for name in people
    }
