"""All settings of the gateway in one: read from the environment once, at the command line or in `create_app`."""

from dataclasses import dataclass, field

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.settings.analysis import AnalysisSettings
from gateway.settings.fetching import FetchingSettings
from gateway.settings.identities import IdentitySettings
from gateway.settings.keys import KeySettings
from gateway.settings.stores import StoreSettings
from gateway.settings.upstreams import UpstreamSettings
from web.logs import LogFormat


class LogSettings(BaseSettings):
    """`HEXAFACE_LOG_LEVEL` and `HEXAFACE_LOG_FORMAT`."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_format: LogFormat = Field(default="json", description="`json` for machines, `console` for people")


@dataclass(frozen=True)
class GatewaySettings:
    """One part per folder; a part that is not given comes from the environment and the secret files it names.

    Raises pydantic.ValidationError for a value that does not fit, OSError for a secret file that cannot be read.
    """

    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    fetching: FetchingSettings = field(default_factory=FetchingSettings)
    identities: IdentitySettings = field(default_factory=IdentitySettings)
    keys: KeySettings = field(default_factory=KeySettings)
    stores: StoreSettings = field(default_factory=StoreSettings)
    upstreams: UpstreamSettings = field(default_factory=UpstreamSettings)
    logs: LogSettings = field(default_factory=LogSettings)
