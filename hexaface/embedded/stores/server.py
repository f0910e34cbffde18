"""What the watch needs of a store's server."""

from typing import Protocol


class Server(Protocol):
    """One store over its folder in the home. Methods that fail raise StoreError."""

    name: str

    @property
    def url(self) -> str:
        """Where it answers once it runs."""
        ...

    def start(self) -> None:
        """Start it, whatever an earlier one left behind."""
        ...

    def stop(self) -> None:
        """Stop it; what was acknowledged is kept as far as the store keeps anything."""
        ...

    def pid(self) -> int | None:
        """Its process id, None when it does not run."""
        ...

    def answers(self) -> bool:
        """Whether it answers, whoever started it."""
        ...
