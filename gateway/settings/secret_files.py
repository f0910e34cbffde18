"""Secrets from files (`/run/secrets/...`): an environment shows in `docker inspect`, a file does not."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

from gateway.settings.identities import IdentitySettings


class SecretFiles(BaseSettings):
    """Where the secrets lie."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    hexaface_admin_key_file: Path | None = Field(default=None, description="holds the first admin key")
    database_password_file: Path | None = Field(
        default=None, description="holds the password that DATABASE_URL leaves out"
    )


def identity_settings() -> IdentitySettings:
    """The settings from the environment, completed from the files it names. Raises OSError for an unreadable file."""
    settings, files = IdentitySettings(), SecretFiles()
    found: dict[str, str] = {}
    if files.hexaface_admin_key_file:
        found["admin_key"] = _read(files.hexaface_admin_key_file)
    if files.database_password_file and settings.database_url:
        url = make_url(settings.database_url).set(password=_read(files.database_password_file))
        found["database_url"] = url.render_as_string(hide_password=False)
    return IdentitySettings.model_validate(settings.model_dump(exclude_none=True) | found)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
