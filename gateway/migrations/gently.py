"""Changes to tables that are in use: a statement at a time, and none that makes others wait for it."""

import asyncio

from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import await_only

# A statement that waits for a lock makes everybody after it wait too, so it gives up soon and comes again.
_LOCK_TIMEOUT = "1s"
_PAUSE_SECONDS = 1.0
_NOT_TO_BE_HAD = "55P03"


def gently(*statements: str) -> None:
    """Run statements, each in a transaction of its own: two locks held at once would deadlock with requests.

    A migration that was stopped is run again from its start: each statement has to bear that.
    """
    with op.get_context().autocommit_block():
        op.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
        for statement in statements:
            while not _done(statement):
                await_only(asyncio.sleep(_PAUSE_SECONDS))


def _done(statement: str) -> bool:
    try:
        op.get_bind().execute(text(statement))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_TO_BE_HAD:
            raise
        return False
    return True
