"""Where PostgreSQL and Redis are, and how patient the gateway is with them."""

from pathlib import Path

from pydantic import AliasChoices, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url


class StoreSettings(BaseSettings):
    """`HEXAFACE_<NAME>` in the environment, but the two URLs and the password's file by their usual names."""

    model_config = SettingsConfigDict(
        env_prefix="HEXAFACE_", frozen=True, extra="ignore", populate_by_name=True
    )

    database_password_file: Path | None = Field(
        default=None,
        validation_alias="database_password_file",
        description="holds the password that DATABASE_URL leaves out: an environment shows in `docker inspect`",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("database_url", "hexaface_database_url"),
        description="PostgreSQL with pgvector 0.8 or newer; without it the identity routes answer 503",
    )
    database_read_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("database_read_url", "hexaface_database_read_url"),
        description="a replica of it that identification reads from; who has just enrolled is found all the same",
    )
    redis_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("redis_url", "hexaface_redis_url"),
        description="Redis 7 or Valkey; without it nothing is cached and no rate is limited",
    )
    database_pool: int = Field(default=10, ge=1, description="connections to PostgreSQL")
    database_timeout: float = Field(default=10, gt=0, description="seconds a statement may take")
    index_memory_mb: int = Field(
        default=384,
        ge=1,
        description="megabytes that PostgreSQL may take to build one collection's index: 1.1 per 1,000 faces; with less, "
        "the rest is built on disk, several times slower",
    )
    # A healthy local Redis answers in under 1 ms; the rest is room for a busy event loop.
    redis_timeout: float = Field(default=0.1, gt=0, description="seconds a call to Redis may take")

    @field_validator("database_url", "database_read_url")
    @classmethod
    def _with_password(cls, value: str | None, info: ValidationInfo) -> str | None:
        """The URL with the password of the file. Raises OSError for a file that cannot be read."""
        file: Path | None = info.data.get("database_password_file")
        if not value or file is None:
            return value
        url = make_url(value).set(password=file.read_text(encoding="utf-8").strip())
        return url.render_as_string(hide_password=False)
