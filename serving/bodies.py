"""Bodies of the per-face services: chips from the gateway (MessagePack, JSON), pictures from people (multipart, JSON)."""

from typing import TypeVar

import cv2
import numpy as np
from fastapi import Request
from numpy.typing import NDArray
from pydantic import ValidationError

from contracts.analysis import CHIP_BYTES, ChipsRequest
from contracts.chips import CHIP_SIZE
from serving.pictures.decoding import Decoding
from serving.settings import ServiceSettings
from web.fields import gather
from web.messages import is_msgpack, read_message
from web.problems import InvalidRequestError, misfit
from web.uploads import read_form

# 1,000 faces, the most a detector reports, in one message.
_MAX_CHIPS_BYTES = 1000 * CHIP_BYTES + 64 * 1024
_MAX_PICTURES = 32

R = TypeVar("R", bound=ChipsRequest)


async def read_chips(request: Request, kind: type[R], settings: ServiceSettings, decoding: Decoding) -> R:
    """A request for chips in any of its forms.

    MessagePack, or JSON with `chips`, is the message itself. Pictures (multipart `image`, or JSON `image.base64`) become
    chips: one of 256x256 is taken as it is, another is fitted into a square, as a crop that its face fills.
    """
    if is_msgpack(request):
        return await read_message(request, kind, max_bytes=_MAX_CHIPS_BYTES)
    form = await read_form(request, max_bytes=settings.max_upload_bytes, max_files=_MAX_PICTURES)
    fields = gather(kind, request.query_params.multi_items(), form.fields)
    if "chips" not in fields:
        pictures = form.images.get("image", [])
        if not pictures:
            raise InvalidRequestError("send at least one picture as 'image' (curl -F image=@face.jpg)")
        chips = [await _chip_of(picture.data, settings, decoding) for picture in pictures]
        fields["chips"] = b"".join(chips)
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise misfit(error) from error


async def _chip_of(data: bytes, settings: ServiceSettings, decoding: Decoding) -> bytes:
    photo = await decoding.open(data, max_pixels=settings.max_pixels)
    # Twice the chip's size: what the decoder leaves out then is not seen in the chip.
    async with decoding.pixels(photo, photo.reduction_for(2 * CHIP_SIZE)) as pixels:
        return to_chip(pixels).tobytes()


def as_chips(request: ChipsRequest) -> list[NDArray[np.uint8]]:
    """The chips of a request: each uint8 (256, 256, 3), RGB, without a copy."""
    return list(np.frombuffer(request.chips, np.uint8).reshape(-1, CHIP_SIZE, CHIP_SIZE, 3))


def to_chip(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture that is a face crop, uint8 (h, w, 3) -> chip: scaled to fit, centred, its border repeated."""
    height, width = picture.shape[:2]
    if (height, width) == (CHIP_SIZE, CHIP_SIZE):
        return picture
    scale = CHIP_SIZE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    fitted = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    down, right = CHIP_SIZE - size[1], CHIP_SIZE - size[0]
    padded = cv2.copyMakeBorder(
        fitted, down // 2, down - down // 2, right // 2, right - right // 2, cv2.BORDER_REPLICATE
    )
    return np.asarray(padded, np.uint8)
