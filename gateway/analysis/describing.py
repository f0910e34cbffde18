"""One picture analysed: what `/v1/detect`, `/v1/analyze` and a batch of pictures do alike."""

from contracts.api import AnalyzeAnswer, Feature
from contracts.options import AnalyzeOptions
from gateway.analysis.pipeline import run
from gateway.analysis.stages import UPSTREAMS, merge, stages
from gateway.settings.analysis import AnalysisSettings
from gateway.upstreams.calls import Upstreams
from web.stopwatch import Stopwatch


class Describing:
    """Finds the faces of pictures and describes each."""

    def __init__(self, settings: AnalysisSettings, upstreams: Upstreams) -> None:
        self._deadline = settings.deadline
        self._upstreams = upstreams

    async def of(self, picture: bytes, options: AnalyzeOptions) -> AnalyzeAnswer:
        """The faces of a picture with the features that were asked for. Raises ProblemError."""
        watch = Stopwatch()
        if "features" not in options.model_fields_set:
            options = options.model_copy(update={"features": self._offered(options.features)})
        outcome = await run(stages(picture, options), self._upstreams, deadline=self._deadline)
        answer = merge(outcome, options.encoding)
        return answer.model_copy(update={"timings_ms": answer.timings_ms | {"total": watch.ms}})

    def _offered(self, features: list[Feature]) -> list[Feature]:
        """Of the features that are added unless somebody says otherwise, those that this server has a model for."""
        return [feature for feature in features if self._upstreams.serves(UPSTREAMS[feature])]
