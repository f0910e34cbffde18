"""What an analysis may take, and how long its embeddings are remembered."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AnalysisSettings(BaseSettings):
    """Every setting is `HEXAFACE_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    deadline: float = Field(default=25, gt=0, description="seconds a whole request may take")
    max_upload_bytes: int = Field(default=20 * 1024 * 1024, ge=1, description="largest picture file")
    batch_pictures: int = Field(
        default=32,
        ge=1,
        le=256,
        description="pictures in one request of `/v1/analyze/batch` or `/v1/compare`",
    )
    cache_seconds: int = Field(default=24 * 3600, ge=1, description="how long embeddings stay in the cache")
