"""A course of chaos: load, every disturbance in a seeded random order, and what must hold when all is over.

HEXAFACE_CHAOS_SEED gives the order of an earlier run again, HEXAFACE_CHAOS_ROUNDS how often every disturbance comes.
"""

import math
import os
import random
import sys
import time
from collections.abc import Callable, Mapping

import httpx

from tests.chaos.load import COLLECTION, PICTURES, Load, Record, gist, picture

ROUNDS = int(os.environ.get("HEXAFACE_CHAOS_ROUNDS", "1"))
# On a quiet machine a killed store answers again within 3 s, a killed container within 8, which starts an interpreter and
# loads its model; the rest is room for a loaded one.
_RECOVERY_SECONDS = 150
_BETWEEN_SECONDS = 4.0


class Course:
    """Hurts what answers at an address, and checks what it says."""

    def __init__(self, client: httpx.Client, disturbances: Mapping[str, Callable[[], None]]) -> None:
        """`client`: of the server, with a key where it wants one; each disturbance ends by itself."""
        self._client = client
        self._disturbances = disturbances
        self._seed = int(os.environ.get("HEXAFACE_CHAOS_SEED", "0")) or random.SystemRandom().randrange(
            1, 10**6
        )
        self._record = Record()
        self._recoveries: list[tuple[str, float]] = []

    def run(self, *, seconds: float = math.inf) -> None:
        """Every disturbance under load, none begun after so many seconds; then the load ends and all is ready again."""
        self._client.post("/v1/collections", json={"id": COLLECTION}).raise_for_status()
        known = {name: gist(self._client.post("/v1/analyze", **picture(name)).json()) for name in PICTURES}
        load = Load(self._client, self._record, known)
        load.start()
        try:
            self._hurt(time.monotonic() + seconds)
        finally:
            load.stop()
        self._await_ready("the end of the load")

    def _hurt(self, end: float) -> None:
        chance = random.Random(self._seed)
        time.sleep(_BETWEEN_SECONDS)
        for _ in range(ROUNDS):
            names = sorted(self._disturbances)
            chance.shuffle(names)
            for name in names:
                if time.monotonic() > end:
                    return
                self._disturbances[name]()
                self._recoveries.append((name, self._await_ready(name)))
                time.sleep(_BETWEEN_SECONDS * chance.random())

    def _await_ready(self, after: str) -> float:
        """Wait until it, its services and its stores are ready; how long that took."""
        began, said = time.monotonic(), ""
        while (waited := time.monotonic() - began) < _RECOVERY_SECONDS:
            try:
                answer = self._client.get("/readyz", timeout=5)
                if answer.status_code == httpx.codes.OK and not answer.json()["degraded"]:
                    return waited
                said = answer.text
            except httpx.TransportError as error:
                said = repr(error)
            time.sleep(0.2)
        raise AssertionError(f"seed {self._seed}: not ready {_RECOVERY_SECONDS} s after {after}: {said}")

    def check(self) -> None:
        """Nothing acknowledged is lost or came back, and no answer was wrong."""
        record = self._record
        assert record.faults == [], f"seed {self._seed}"
        assert len(record.enrolled) > 0
        assert len(record.erased) > 0
        stored = self._stored()
        assert {name for name in record.enrolled if stored.get(name) != 1} == set()
        assert record.erased & set(stored) == set()
        assert set(stored) <= set(record.enrolled) | record.unclear
        for name in PICTURES:
            ours = {subject for subject, enrolled in record.enrolled.items() if enrolled == name}
            found = self._found(name)
            assert len(ours) > 90 or ours <= found
            assert found & record.erased == set()

    def _stored(self) -> dict[str, int]:
        """Every subject that is there, with the number of its faces."""
        stored: dict[str, int] = {}
        after: str | None = ""
        while after is not None:
            where = {"after": after, "limit": 200}
            answer = self._client.get(f"/v1/collections/{COLLECTION}/subjects", params=where)
            page = answer.raise_for_status().json()
            stored |= {entry["id"]: entry["faces"] for entry in page["subjects"]}
            after = page.get("next")
        return stored

    def _found(self, name: str) -> set[str]:
        """The subjects that a picture is of, as the server answers."""
        form = {**picture(name), "data": {"top_k": 100}}
        answer = self._client.post(f"/v1/collections/{COLLECTION}/identify", **form).raise_for_status().json()
        return {c["subject"] for c in answer["faces"][0]["candidates"] if c["similarity"] > 0.99}

    def tell(self) -> None:
        """Print what happened."""
        record = self._record
        sys.stdout.write(
            f"\nseed {self._seed}: {sum(record.statuses.values())} answers {dict(record.statuses)}, "
            f"{len(record.enrolled)} enrolled, {len(record.erased)} erased, {len(record.unclear)} unclear\n"
        )
        for name, seconds in self._recoveries:
            sys.stdout.write(f"  {name}: ready after {seconds:.1f} s\n")
