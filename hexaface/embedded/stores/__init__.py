"""The embedded stores: real PostgreSQL and Valkey servers that live and die with the all-in-one process."""

from hexaface.embedded.stores.errors import StoreError
from hexaface.embedded.stores.home import default_home
from hexaface.embedded.stores.running import (
    StoreUrls,
    embedded_urls,
    running_database,
    running_stores,
)

__all__ = ["StoreError", "StoreUrls", "default_home", "embedded_urls", "running_database", "running_stores"]
