"""From where pictures may be fetched by their URL: from nowhere, unless the operator says so."""

import ssl
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, FilePath, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Hosts = Annotated[tuple[str, ...], NoDecode]


class FetchingSettings(BaseSettings):
    """Every setting is `HEXAFACE_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    url_hosts: Hosts = Field(
        default=(),
        description="hosts from which pictures may be fetched by URL, separated by commas (`cdn.example.org`, or with a "
        "port of its own `cdn.example.org:8443`); none unless set",
    )
    url_internal_hosts: Hosts = Field(
        default=(),
        description="those of them that may have private addresses; the addresses of all others must be public",
    )
    url_timeout: float = Field(
        default=10, gt=0, description="seconds to fetch the pictures of one request that come by URL"
    )

    url_ca_file: FilePath | None = Field(
        default=None,
        description="PEM file of certificate authorities that are trusted besides the public ones, for hosts with "
        "certificates of your own",
    )

    @field_validator("url_ca_file")
    @classmethod
    def _holds_certificates(cls, value: Path | None) -> Path | None:
        """Told at the start, not with the first picture."""
        try:
            if value is not None:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(value)
        except ssl.SSLError as error:
            raise ValueError("holds no certificates in PEM") from error
        return value

    @field_validator("url_hosts", "url_internal_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """`a.example, b.example` from the environment are two hosts."""
        if isinstance(value, str):
            return tuple(name.strip().lower() for name in value.split(",") if name.strip())
        return value
