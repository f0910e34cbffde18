"""The settings of identities, keys, limits and the cache."""

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class IdentitySettings(BaseSettings):
    """`HEXAFACE_<NAME>` in the environment, but `DATABASE_URL` and `REDIS_URL` by their usual names."""

    model_config = SettingsConfigDict(
        env_prefix="HEXAFACE_", frozen=True, extra="ignore", populate_by_name=True
    )

    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("database_url", "hexaface_database_url"),
        description="PostgreSQL with pgvector 0.8 or newer; without it the identity routes answer 503",
    )
    redis_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("redis_url", "hexaface_redis_url"),
        description="Redis 7 or Valkey; without it nothing is cached and no rate is limited",
    )
    database_pool: int = Field(default=10, ge=1, description="connections to PostgreSQL")
    database_timeout: float = Field(default=10, gt=0, description="seconds a statement may take")
    # A healthy local Redis answers in under 1 ms; the rest is room for a busy event loop.
    redis_timeout: float = Field(default=0.1, gt=0, description="seconds a call to Redis may take")
    cache_seconds: int = Field(default=24 * 3600, ge=1, description="how long embeddings stay in the cache")
    admin_key: SecretStr | None = Field(
        default=None, min_length=16, description="the first admin key: it creates the others"
    )
    require_keys: bool = Field(
        default=False, description="refuse requests without a key even before any exists"
    )
    rate_limit: str = Field(
        default="600/minute",
        pattern=r"^[1-9][0-9]{0,8}/(second|minute|hour|day)$",
        description="requests per key, unless the key has a limit of its own",
    )
    bulk_pictures: int = Field(default=32, ge=1, le=256, description="pictures in one bulk enrolment")
    # From the tables of docs/identity.md: beyond each limit fewer than nine in ten faces are recognised.
    min_face_size: float = Field(default=22, ge=0, description="quality gate: shorter box side, pixels")
    min_sharpness: float = Field(default=4, ge=0, description="quality gate: variance of the Laplacian")
    max_yaw: float = Field(default=55, gt=0, description="quality gate: degrees to either side")
    max_pitch: float = Field(default=40, gt=0, description="quality gate: degrees up or down")
    max_roll: float = Field(default=60, gt=0, description="quality gate: degrees the head is tilted")
    min_enrol_score: float = Field(default=0.7, ge=0, le=1, description="quality gate: detection score")
