"""Who may use the API, and how often."""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.patterns import RATE_LIMIT


class KeySettings(BaseSettings):
    """Every setting is `HEXAFACE_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    admin_key_file: Path | None = Field(
        default=None, description="holds the first admin key: an environment shows in `docker inspect`"
    )
    admin_key: SecretStr | None = Field(
        default=None, min_length=16, description="the first admin key: it creates the others"
    )
    require_keys: bool = Field(
        default=False, description="refuse requests without a key even before any exists"
    )
    rate_limit: str = Field(
        default="600/minute",
        pattern=RATE_LIMIT,
        description="requests per key, unless the key has a limit of its own",
    )
    wrong_key_limit: str = Field(
        default="100/minute",
        pattern=RATE_LIMIT,
        description="keys that are not valid per address; beyond it they get 429",
    )

    @property
    def protected(self) -> bool:
        """Whether a key is needed even before any exists."""
        return self.require_keys or self.admin_key is not None

    @field_validator("admin_key", mode="before")
    @classmethod
    def _from_file(cls, value: Any, info: ValidationInfo) -> Any:
        """The key of the file, when one is named. Raises OSError for a file that cannot be read."""
        file: Path | None = info.data.get("admin_key_file")
        return value if file is None else file.read_text(encoding="utf-8").strip()
