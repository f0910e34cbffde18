"""Where the browser's pictures arrive: in memory, for one request, under an address nobody can guess."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI, HTTPException, Request

MAX_BYTES = 10 * 1024 * 1024  # the API's own limit
PATH = "/_portal/pictures"


class Inbox:
    """Holds a picture from its arrival until the request that it is for has read it."""

    def __init__(self) -> None:
        self._pictures: dict[str, bytes | None] = {}

    @contextmanager
    def place(self) -> Iterator[str]:
        """The address one picture may be posted to while the context lasts; what came is forgotten at its end."""
        token = secrets.token_urlsafe(24)
        self._pictures[token] = None
        try:
            yield f"{PATH}/{token}"
        finally:
            del self._pictures[token]

    def picture(self, address: str) -> bytes | None:
        """What was posted to an address."""
        return self._pictures.get(address.rpartition("/")[2])

    def add_route(self, app: FastAPI) -> None:
        """Let pictures arrive at `app`."""

        @app.post(PATH + "/{token}", include_in_schema=False)
        async def arrive(token: str, request: Request) -> dict[str, int]:
            if token not in self._pictures:
                raise HTTPException(404, "nobody waits for this picture")
            body = bytearray()
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise HTTPException(413, "the picture is too large")
            # The page may have been closed meanwhile: then the picture is dropped here.
            if token in self._pictures:
                self._pictures[token] = bytes(body)
            return {"bytes": len(body)}
