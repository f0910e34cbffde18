"""`/v1/analyze/batch`: several pictures in one request, a result or a problem for each."""

from fastapi import APIRouter, Depends, Request, Response

from contracts.api import BatchAnswer, BatchResult
from contracts.options import AnalyzeOptions
from gateway.parts import Parts
from gateway.routes.pictures import fetch_pictures, read_sent
from gateway.routes.requests import principal_of
from gateway.routes.several import a_few_at_once, several
from web.disconnect import while_connected
from web.negotiation import reply
from web.openapi import picture_body, replies
from web.problems import ProblemError
from web.stopwatch import Stopwatch
from web.uploads import Upload


def create_router(parts: Parts) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1", tags=["analysis"])

    @router.post(
        "/analyze/batch",
        summary="Analyse several pictures at once, with a result for each",
        dependencies=[Depends(parts.access.needs("analyze"))],
        responses=replies(BatchAnswer, 400, 401, 403, 413, 422, 429, 503),
        openapi_extra=picture_body({"image": True}, AnalyzeOptions, by_url=True),
    )
    async def analyze_batch(request: Request) -> Response:
        watch = Stopwatch()
        most = parts.settings.analysis.batch_pictures
        form = await read_sent(parts, request, most)
        options = form.options(request, AnalyzeOptions)
        count = len(several(form, "image", most))
        await parts.access.charge(principal_of(request), count, paid=1)
        pictures = (await fetch_pictures(parts, form)).images["image"]

        async def one(index: int, picture: Upload) -> BatchResult:
            try:
                return BatchResult(
                    index=index, analyzed=await parts.describing.of(picture.content(), options)
                )
            except ProblemError as error:
                return BatchResult(index=index, problem=error.problem(request))

        results = await while_connected(request, a_few_at_once(one, pictures))
        analyzed = sum(result.analyzed is not None for result in results)
        failed = len(results) - analyzed
        timings = {"total": watch.ms}
        answer = BatchAnswer(results=results, analyzed=analyzed, failed=failed, timings_ms=timings)
        return reply(request, answer)

    return router
