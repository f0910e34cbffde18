"""On whose behalf a request runs."""

from dataclasses import dataclass

from contracts.keys import SCOPES, Scope

DEFAULT_TENANT = "default"


@dataclass(frozen=True)
class Principal:
    """Who calls: the key, its tenant and what it may do. The operator manages every tenant's keys."""

    key_id: str
    tenant: str
    scopes: frozenset[Scope]
    rate_limit: str | None = None
    operator: bool = False
    limited: bool = True

    def may(self, scope: Scope) -> bool:
        """Whether the scope is granted; `admin` grants all."""
        return scope in self.scopes or "admin" in self.scopes


ANONYMOUS = Principal("none", DEFAULT_TENANT, frozenset(SCOPES), operator=True, limited=False)
"""Everybody, on a server that listens on loopback only and has no keys."""

OPERATOR = Principal("operator", DEFAULT_TENANT, frozenset(SCOPES), operator=True, limited=False)
"""Whoever holds the admin key of the environment."""
