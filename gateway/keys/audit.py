"""The audit log: who did what to which collection; no pictures, embeddings or names of people."""

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from gateway.keys.principal import Principal

log = structlog.get_logger("hexaface.audit")


def record(principal: "Principal", action: str, **what: str | int) -> None:
    """Write one line. Subjects are not named: their ids are the caller's and may be people's names."""
    log.info("audit", action=action, tenant=principal.tenant, key=principal.key_id, **what)
