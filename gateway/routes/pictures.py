"""The pictures of a request, also those that are sent as URLs."""

import asyncio
from collections.abc import Collection
from dataclasses import replace

from fastapi import Request

from gateway.analysis.fetching import Fetching, not_fetched
from gateway.parts import Parts
from web.bodies import MAX_BODY_BYTES, too_large
from web.problems import ProblemError
from web.uploads import Form, Upload, read_form

# What is fetched for one request at the same time: beyond the budget of a body it can be so many pictures more.
_AT_ONCE = 2


async def read_pictures(
    parts: Parts, request: Request, *, max_files: int = 1, pictures: Collection[str] = ("image",)
) -> Form:
    """The form of a request; a picture whose URL fails raises only when it is asked for. Raises ProblemError."""
    return await fetch_pictures(parts, await read_sent(parts, request, max_files, pictures))


async def read_sent(
    parts: Parts, request: Request, max_files: int, pictures: Collection[str] = ("image",)
) -> Form:
    """The form of a request, whose pictures by URL are still to be fetched. Raises ProblemError."""
    limit = parts.settings.analysis.max_upload_bytes
    return await read_form(request, max_bytes=limit, max_files=max_files, pictures=pictures, by_url=True)


async def fetch_pictures(parts: Parts, form: Form) -> Form:
    """The form with its pictures by URL; one that fails raises only when it is asked for. Raises TooLargeError."""
    linked = [upload for uploads in form.images.values() for upload in uploads if upload.url]
    if not linked:
        return form
    fetched = await _fetched(parts.fetching, linked)
    images = {
        name: [fetched.get(id(upload), upload) for upload in uploads] for name, uploads in form.images.items()
    }
    return replace(form, images=images)


async def _fetched(fetching: Fetching, linked: list[Upload]) -> dict[int, Upload]:
    """Each upload's picture, or why there is none, by the upload's identity; together within the limits of one body."""
    places, done, size = asyncio.Semaphore(_AT_ONCE), dict[int, Upload](), 0

    async def one(upload: Upload) -> None:
        nonlocal size
        async with places:
            if size > MAX_BODY_BYTES:
                raise too_large(MAX_BODY_BYTES)
            try:
                data = await fetching.fetch(upload.url)
            except ProblemError as error:
                done[id(upload)] = replace(upload, failure=error)
            else:
                size += len(data)
                done[id(upload)] = replace(upload, data=data)

    try:
        async with asyncio.timeout(fetching.timeout):
            await asyncio.gather(*map(one, linked))
    except TimeoutError:
        late = not_fetched(f"did not answer within {fetching.timeout:g} s")
        done |= {id(upload): replace(upload, failure=late) for upload in linked if id(upload) not in done}
    return done
