"""The settings of the portal as its own process, read from the environment once, in `python -m portal`."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class PortalSettings(BaseSettings):
    """Every setting is `HEXAFACE_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    url: str = Field(default="http://127.0.0.1:8000", description="the gateway as the portal reaches it")
    public_url: str | None = Field(
        default=None, description="the gateway as the reader's own programs reach it; default: `url`"
    )
    portal_host: str = Field(default="127.0.0.1", description="address the portal listens on")
    portal_port: int = Field(default=8080, ge=1, le=65535, description="port the portal listens on")
