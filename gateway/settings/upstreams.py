"""Where the services are, and how patient the gateway is with them."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

TASKS = ("detector", "embedder", "attributes", "emotion", "keypoints", "generator", "liveness")


class UpstreamSettings(BaseSettings):
    """Every setting is `HEXAFACE_<NAME>` in the environment; a task with an empty address is not served."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    detector_url: str = Field(default="http://detector:8000", description="where the detector listens")
    embedder_url: str = Field(
        default="http://embedder:8000",
        description="where the embedder listens; others that collections are pinned to, or move to, follow after commas",
    )
    attributes_url: str = Field(
        default="http://attributes:8000", description="where the attributes service listens"
    )
    emotion_url: str = Field(default="http://emotion:8000", description="where the emotion service listens")
    keypoints_url: str = Field(
        default="http://keypoints:8000", description="where the keypoints service listens"
    )
    generator_url: str = Field(default="http://generator:8000", description="where the generator listens")
    liveness_url: str = Field(
        default="http://liveness:8000", description="where the liveness service listens"
    )
    stage_timeout: float = Field(default=10, gt=0, description="seconds one service may take for one request")
    connect_timeout: float = Field(default=1, gt=0, description="seconds to connect to a service")
    max_connections: int = Field(default=64, ge=1, description="open connections to one service")
    breaker_failures: int = Field(
        default=5, ge=1, description="failures in a row after which a service is left alone"
    )
    breaker_seconds: float = Field(
        default=2, gt=0, description="how long it is left alone before the next try"
    )

    def urls(self) -> dict[str, str]:
        """Task -> address of its service, for the tasks that are served."""
        urls = {
            "detector": self.detector_url,
            "attributes": self.attributes_url,
            "emotion": self.emotion_url,
            "keypoints": self.keypoints_url,
            "generator": self.generator_url,
            "liveness": self.liveness_url,
            **dict(zip(self.embedders(), self._embedder_urls(), strict=False)),
        }
        return {task: url for task, url in urls.items() if url}

    def embedders(self) -> list[str]:
        """The names of the embedders; the first one serves new collections and whatever is not pinned."""
        return ["embedder", *(f"embedder-{n}" for n in range(2, len(self._embedder_urls()) + 1))]

    def _embedder_urls(self) -> list[str]:
        return [url.strip() for url in self.embedder_url.split(",") if url.strip()]
