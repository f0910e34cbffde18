"""Mixed load that remembers what the server acknowledged, and every answer that should not have been."""

import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.paths import SAMPLES

COLLECTION = "chaos"
PICTURES = ("obama_2009", "obama_portrait_2012", "mona_lisa", "pearl_earring", "van_gogh")
_ALLOWED = {200, 201, 204, 429, 503, 504}
_WITH_RETRY_AFTER = {429, 503, 504}
_TIMEOUT = httpx.Timeout(40, connect=5)
# A caller who is told to come back does so; for no longer than this, so that the test ends.
_PATIENCE_SECONDS = 60


@dataclass
class Record:
    """What happened, as the clients saw it."""

    enrolled: dict[str, str] = field(default_factory=dict)
    """Subject -> picture of every acknowledged enrolment that nobody asked to erase."""
    erased: set[str] = field(default_factory=set)
    """Subjects whose erasure was acknowledged."""
    unclear: set[str] = field(default_factory=set)
    """Subjects whose last request got no answer: either outcome is right."""
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Load:
    """Threads that analyse, identify, enrol and erase until they are stopped."""

    def __init__(self, like: httpx.Client, record: Record, known: dict[str, dict[str, object]]) -> None:
        """Each thread has a client `like` this one; `known`: per picture what an undisturbed server answers."""
        self.like, self.record, self.known = like, record, known
        self._stop = threading.Event()
        work = (self._analyse, self._analyse, self._identify, self._enrol, self._erase)
        self._threads = [threading.Thread(target=self._repeat, args=(job, i)) for i, job in enumerate(work)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, once what is under way is answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, job, number: int) -> None:
        chance = random.Random(number)
        like = self.like
        with httpx.Client(base_url=like.base_url, headers=like.headers, timeout=_TIMEOUT) as client:
            while not self._stop.is_set():
                job(client, chance)
                time.sleep(0.05)

    def _ask(
        self, client: httpx.Client, method: str, path: str, *, also: int = 0, **more
    ) -> httpx.Response | None:
        """An answer that is allowed, as the status `also` is, or None while the server is away."""
        try:
            answer = client.request(method, path, **more)
        except httpx.TransportError:
            time.sleep(0.3)
            return None
        with self.record.lock:
            self.record.statuses[answer.status_code] += 1
            if answer.status_code not in _ALLOWED | {also}:
                self.record.faults.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            elif answer.status_code in _WITH_RETRY_AFTER and "retry-after" not in answer.headers:
                self.record.faults.append(f"{method} {path}: {answer.status_code} without Retry-After")
        return answer

    def _until_done(
        self, client: httpx.Client, method: str, path: str, *, also: int = 0, **more
    ) -> httpx.Response | None:
        """Ask again as long as the server says to come back, or is away; None when patience ends.

        The status `also` is right from the second try on: the first may have been done, and its answer lost.
        """
        give_up, again = time.monotonic() + _PATIENCE_SECONDS, 0
        while time.monotonic() < give_up and not self._stop.is_set():
            answer = self._ask(client, method, path, also=again, **more)
            if answer is not None and answer.status_code in (200, 201, 204, again):
                return answer
            again = also
            time.sleep(0.3)
        return None

    def _analyse(self, client: httpx.Client, chance: random.Random) -> None:
        name = chance.choice(PICTURES)
        answer = self._ask(client, "POST", "/v1/analyze", **picture(name))
        if answer is not None and answer.status_code == 200:
            self._compare(name, gist(answer.json()))

    def _compare(self, name: str, found: dict[str, object]) -> None:
        expected = self.known[name]
        mixed = {key for key, value in found.items() if value is not None and value != expected[key]}
        if mixed:
            with self.record.lock:
                self.record.faults.append(f"{name}: {found} instead of {expected}")

    def _identify(self, client: httpx.Client, chance: random.Random) -> None:
        self._ask(
            client, "POST", f"/v1/collections/{COLLECTION}/identify", **picture(chance.choice(PICTURES))
        )

    def _enrol(self, client: httpx.Client, chance: random.Random) -> None:
        subject, name = f"s-{uuid.uuid4().hex[:12]}", chance.choice(PICTURES)
        with self.record.lock:
            self.record.unclear.add(subject)
        answer = self._until_done(
            client,
            "POST",
            f"/v1/collections/{COLLECTION}/faces",
            data={"subjects": subject, "on_low_quality": "flag"},
            headers={"Idempotency-Key": subject},
            **picture(name),
        )
        if answer is not None and answer.json()["enrolled"] == 1:
            with self.record.lock:
                self.record.unclear.discard(subject)
                self.record.enrolled[subject] = name

    def _erase(self, client: httpx.Client, chance: random.Random) -> None:
        with self.record.lock:
            # About as many stay as go: both are looked for at the end.
            if len(self.record.enrolled) < max(5, len(self.record.erased)):
                return
            subject = chance.choice(sorted(self.record.enrolled))
            self.record.unclear.add(subject)
            self.record.enrolled.pop(subject)
        path = f"/v1/collections/{COLLECTION}/subjects/{subject}"
        if self._until_done(client, "DELETE", path, also=404) is not None:
            with self.record.lock:
                self.record.unclear.discard(subject)
                self.record.erased.add(subject)


def picture(name: str) -> dict[str, object]:
    """A sample as the file of a request."""
    return {"files": {"image": Path(SAMPLES / f"{name}.jpg").read_bytes()}}


def gist(answer: dict) -> dict[str, object]:
    """What may never differ between two analyses of one picture; None for a feature that failed and was said to."""
    faces = answer["faces"]
    return {
        "faces": len(faces),
        "boxes": [round(face["box"]["x"]) for face in faces],
        "genders": [face["attributes"]["gender"]["label"] for face in faces]
        if all("attributes" in f for f in faces)
        else None,
        "expressions": [face["emotion"]["label"] for face in faces]
        if all("emotion" in f for f in faces)
        else None,
    }
