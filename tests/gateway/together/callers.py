"""Callers of several gateways behind a balancer, and what they see while gateways come and go."""

import io
import itertools
import random
import threading
import time

import httpx
from PIL import ImageEnhance


def shot(picture, number):
    """One of several pictures of a face: lighter or darker, and stored more or less well."""
    changed, out = ImageEnhance.Brightness(picture).enhance(0.9 + 0.03 * number), io.BytesIO()
    changed.save(out, "JPEG", quality=92 - number)
    return out.getvalue()


class Callers:
    """Callers behind a balancer: whom a killed gateway left without an answer asks the next one."""

    def __init__(self, gateways, collection):
        self._gateways, self._turn = gateways, itertools.count()
        self._client = gateways.client
        self.path = f"/v1/collections/{collection}"

    def ask(self, method, path, expected=200, **body):
        for _ in range(600):
            url = self._gateways[next(self._turn) % len(self._gateways)].url
            try:
                answer = self._client.request(method, url + self.path + path, **body)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            assert answer.status_code == expected, answer.text
            return answer.json() if answer.content else None
        raise AssertionError("no gateway answered")

    def enrol(self, name, picture, key):
        """Enrol; the id of the face, the same however often it is asked."""
        options = {"files": {"image": picture}, "data": {"on_low_quality": "flag"}}
        headers = {"Idempotency-Key": key}
        return self.ask("POST", f"/subjects/{name}/faces", 201, headers=headers, **options)["face_id"]

    def who(self, picture):
        """(the subject that a picture resembles most, the model that says so)."""
        answer = self.ask("POST", "/identify", files={"image": picture}, data={"threshold": 0.4})
        face = answer["faces"][0]
        return (face["candidates"][0]["subject"] if face["decision"] == "match" else None), answer["model"][
            "digest"
        ]

    def faces(self, name):
        """The ids of a subject's faces."""
        return {face["face_id"] for face in self.ask("GET", f"/subjects/{name}/faces")["faces"]}


class Load:
    """Identifies everybody, again and again, until it is told to stop; every wrong answer is kept."""

    def __init__(self, callers, people):
        self.wrong, self.models, self._over = [], [], threading.Event()
        self._callers, self._people = callers, people
        self._threads = [threading.Thread(target=self._run, args=(seed,)) for seed in range(2)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, seed):
        chance = random.Random(seed)
        while not self._over.is_set():
            name = chance.choice(sorted(self._people))
            try:
                found, model = self._callers.who(shot(self._people[name], 5))
            except AssertionError as error:
                found, model = str(error), None
            self.models.append(model)
            if found != name:
                self.wrong.append((name, found, model))
