"""What can go wrong with an embedded store."""


class StoreError(Exception):
    """An embedded store cannot be started; the text says why and what to do."""
