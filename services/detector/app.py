"""The detector: `POST /v1/detect`."""

import asyncio

import numpy as np
from fastapi import FastAPI, Request, Response
from numpy.typing import NDArray
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from contracts.chips import align
from contracts.detection import DetectOptions, DetectReply, DetectRequest, Mode
from contracts.faces import Box, ImageSize, Landmarks, LocatedFace, Point
from services.detector.candidates import Candidates
from services.detector.chipping import cut_chip
from services.detector.detectors import DETECTORS, DetectorName
from services.detector.finder import FinderSettings, find_faces
from services.detector.model import DetectorModel, PointsModel
from services.detector.points import refine
from services.detector.quality import measure
from serving.app import create_service_app
from serving.cores import Cores
from serving.imaging import decode
from serving.service import Service
from serving.settings import ServiceSettings
from web.disconnect import while_connected
from web.messages import is_msgpack, read_message
from web.negotiation import reply
from web.openapi import picture_body, replies
from web.problems import misfit
from web.uploads import read_form

_MESSAGE_OVERHEAD = 4096


class DetectorSettings(ServiceSettings):
    """The detector's own settings besides those of every service."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    detector: DetectorName = Field(
        default="yunet",
        description="which model; yunet is the fastest and finds the smallest faces, centerface and mtcnn are older",
    )
    mode: Mode = Field(
        default="balanced", description="speed against small faces, where a request does not say"
    )
    max_side: int | None = Field(
        default=None, ge=128, le=4096, description="longer side of the network's input; overrides the mode's"
    )
    min_score: float | None = Field(
        default=None,
        ge=0.1,
        le=1,
        description="lowest score to report, where a request does not say; the detector's own unless set",
    )


class PictureOptions(DetectOptions):
    """What a person may ask for; the gateway sends the whole message."""

    chips: bool = Field(default=False, description="also the aligned chips, as base64 of RGB bytes")


def create_app(settings: ServiceSettings | None = None, cores: Cores | None = None) -> FastAPI:
    """The detector's app; settings come from the environment unless given, `cores` are shared with other services."""
    own = DetectorSettings() if settings is None else DetectorSettings.model_validate(settings.model_dump())
    detector = DETECTORS[own.detector]
    service = Service("detector", DetectorModel, own, cores=cores, entry=detector.entry)
    points = Service("detector-points", PointsModel, own, cores=cores)
    finder = FinderSettings(detector, own.mode, own.max_side, own.min_score)
    app = create_service_app(service, points, title="HexaFace detector")

    async def detect(wanted: DetectRequest) -> DetectReply:
        photo = await asyncio.to_thread(decode, wanted.image, max_pixels=own.max_pixels)
        found = await find_faces(photo, service.answer, wanted.options, finder)
        found = await refine(photo, found, points.answer)
        faces, chips = await asyncio.to_thread(_describe, photo, found)
        size = ImageSize(width=photo.shape[1], height=photo.shape[0])
        pixels = b"".join(chip.tobytes() for chip in chips) if wanted.chips else None
        return DetectReply(image=size, faces=faces, chips=pixels, model=service.ref)

    @app.post(
        "/v1/detect",
        summary="Photo -> boxes, landmarks, quality and aligned chips",
        responses=replies(DetectReply, 400, 413, 415, 422, 429, 503),
        openapi_extra=picture_body({"image": False}, PictureOptions),
    )
    async def serve(request: Request) -> Response:
        wanted = await _read_request(request, own)
        return reply(request, await while_connected(request, detect(wanted)))

    return app


async def _read_request(request: Request, settings: DetectorSettings) -> DetectRequest:
    """The gateway's message, or a picture with options from a person; people get chips only when they ask."""
    if is_msgpack(request):
        limit = settings.max_upload_bytes + _MESSAGE_OVERHEAD
        return await read_message(request, DetectRequest, max_bytes=limit)
    form = await read_form(request, max_bytes=settings.max_upload_bytes, max_files=1)
    given = form.options(request, PictureOptions)
    options = DetectOptions.model_validate(given.model_dump(exclude={"chips"}))
    try:
        return DetectRequest(image=form.one("image"), options=options, chips=given.chips)
    except ValidationError as error:
        raise misfit(error) from error


def _describe(
    photo: NDArray[np.uint8], found: Candidates
) -> tuple[list[LocatedFace], list[NDArray[np.uint8]]]:
    faces, chips = [], []
    for score, box, landmarks in zip(found.scores, found.boxes, found.landmarks, strict=True):
        transform = align(landmarks.tolist())
        chip = cut_chip(photo, transform)
        points = [Point(x=round(float(x), 2), y=round(float(y), 2)) for x, y in landmarks]
        x0, y0, x1, y1 = (round(float(edge), 2) for edge in box)
        face = LocatedFace(
            box=Box(x=x0, y=y0, width=round(x1 - x0, 2), height=round(y1 - y0, 2)),
            score=round(min(1.0, float(score)), 4),
            # The template's first eye is the left one in the picture: the subject's right.
            landmarks=Landmarks(
                right_eye=points[0],
                left_eye=points[1],
                nose=points[2],
                mouth_right=points[3],
                mouth_left=points[4],
            ),
            quality=measure(box, landmarks, chip),
            transform=(*transform,),
        )
        faces.append(face)
        chips.append(chip)
    return faces, chips
