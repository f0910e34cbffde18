"""The one rule of when the API may be reachable from outside: when a key protects it."""

from gateway.keys.store import KeyStore
from gateway.settings.keys import KeySettings
from web.problems import UnavailableError


class UnprotectedError(Exception):
    """The API would be reachable from outside without a key."""


async def require_protection(settings: KeySettings, keys: KeyStore | None) -> None:
    """Raises UnprotectedError unless there is a key to get in with: the environment's, or one in the database."""
    if settings.admin_key or settings.require_keys:
        return
    try:
        found = keys is not None and await keys.any_exist()
    except UnavailableError as error:
        raise UnprotectedError(
            "it would be reachable from outside, and whether a key protects the API cannot be told: "
            + error.detail
        ) from error
    if not found:
        raise UnprotectedError(
            "it would be reachable from outside and no key protects the API; create one (hexaface keys create), "
            "set HEXAFACE_ADMIN_KEY_FILE, or HEXAFACE_INSECURE=true (--insecure) if you mean it"
        )
