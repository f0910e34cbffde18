"""What can go wrong with an embedded store."""

from serving.errors import StartupError


class StoreError(StartupError):
    """An embedded store cannot be started; the text says why and what to do."""
