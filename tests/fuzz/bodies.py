"""Bodies that nobody would send: of every content type, whole, cut, mixed up and deep."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.paths import SAMPLES

PICTURES = ("obama_2009.jpg", "pearl_earring.jpg")
_NASTY = (
    "", "0", "-1", "1e309", "NaN", "true", "null", "[]", "{}", "'", '"', "\x00", "\ud7ff", "..", "../..", "%2e%2e", "a" * 5000,
    "attributes,emotion", "attributes,,", "٣", "1;drop table faces", "{" * 200, "[" * 500, "☃",
)  # fmt: skip
_FIELDS = (
    "features", "min_score", "min_size", "max_faces", "mode", "encoding", "mesh", "neutral", "threshold", "metric", "face",
    "false_match_rate", "top_k", "subjects", "subject", "image", "image_a", "image_b", "embedding", "crops", "on_low_quality",
)  # fmt: skip
_KINDS = (
    "image/jpeg",
    "image/png",
    "application/octet-stream",
    "text/plain",
    "application/x-www-form-urlencoded",
    "",
    "a/b/c;;",
)


@dataclass(frozen=True)
class Sent:
    """A request to make."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Fuzzer:
    """Makes requests to the given operations; the same seed makes the same ones."""

    def __init__(self, operations: list[tuple[str, str]], seed: int) -> None:
        self._operations = operations
        self._chance = random.Random(seed)
        self._pictures = [(SAMPLES / name).read_bytes() for name in PICTURES]
        self._makers: list[Callable[[], tuple[str, bytes]]] = [
            self._json,
            self._multipart,
            self._raw,
            self._msgpack,
        ]

    def next(self) -> Sent:
        """One more request."""
        method, path = self._chance.choice(self._operations)
        while "{" in path:
            before, _, rest = path.partition("{")
            path = before + self._segment() + rest.partition("}")[2]
        kind, body = self._chance.choice(self._makers)()
        headers = {"Content-Type": kind} if kind else {}
        return Sent(method, path + self._query(), headers, body)

    def _segment(self) -> str:
        wild = (
            "a",
            "..%2f",
            "%00",
            "x" * 200,
            "%F0%9F%98%80",
            "00000000-0000-0000-0000-000000000000",
            "A.b_c-d@e",
        )
        return self._chance.choice(wild)

    def _query(self) -> str:
        if self._chance.random() < 0.7:
            return ""
        return f"?{self._chance.choice(_FIELDS)}={self._chance.choice(('1', '-1', 'x', '%00', 'a,b', '9' * 400))}"

    def _value(self, depth: int = 0) -> object:
        plain = [
            self._chance.choice(_NASTY),
            self._chance.randint(-(2**70), 2**70),
            self._chance.random() * 1e300,
            None,
            True,
        ]
        if depth > 3:
            return self._chance.choice(plain)
        nested = [
            {self._chance.choice(_FIELDS): self._value(depth + 1)},
            [self._value(depth + 1)] * self._chance.randint(0, 3),
        ]
        return self._chance.choice(plain + nested)

    def _json(self) -> tuple[str, bytes]:
        if self._chance.random() < 0.1:
            return "application/json", (b"[" * 100_000) + (b"]" * self._chance.randint(0, 100_000))
        fields = {self._chance.choice(_FIELDS): self._value() for _ in range(self._chance.randint(0, 5))}
        body = json.dumps(fields).encode()
        return "application/json", self._damaged(body)

    def _multipart(self) -> tuple[str, bytes]:
        boundary = "b" + str(self._chance.randint(0, 9)) * self._chance.randint(1, 60)
        parts = []
        for _ in range(self._chance.randint(0, 6)):
            name = self._chance.choice(_FIELDS)
            if self._chance.random() < 0.4:
                picture = self._damaged(self._chance.choice(self._pictures))
                parts.append((f'name="{name}"; filename="p"', picture))
            else:
                parts.append((f'name="{name}"', self._chance.choice(_NASTY).encode("utf-8", "replace")))
        lines = [
            b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (boundary.encode(), d.encode(), c)
            for d, c in parts
        ]
        body = b"".join(lines) + b"--%s--\r\n" % boundary.encode()
        return f"multipart/form-data; boundary={boundary}", self._damaged(
            body
        ) if self._chance.random() < 0.3 else body

    def _raw(self) -> tuple[str, bytes]:
        return self._chance.choice(_KINDS), self._damaged(self._chance.choice(self._pictures))

    def _msgpack(self) -> tuple[str, bytes]:
        return "application/msgpack", self._chance.randbytes(self._chance.randint(0, 300))

    def _damaged(self, body: bytes) -> bytes:
        """The body as it is, cut, with bytes changed, or doubled."""
        way = self._chance.randint(0, 4)
        if way == 0 or not body:
            return body
        if way == 1:
            return body[: self._chance.randint(0, len(body))]
        if way == 2:
            return body + body[: self._chance.randint(0, 500)]
        changed = bytearray(body)
        for _ in range(self._chance.randint(1, 20)):
            changed[self._chance.randrange(len(changed))] = self._chance.randrange(256)
        return bytes(changed)
