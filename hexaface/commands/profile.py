"""The profiles of models, as the command line names them."""

from enum import Enum


class Profile(Enum):
    """Which models a server loads (docs/licences.md)."""

    all = "all"
    permissive = "permissive"
