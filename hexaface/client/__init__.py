"""The Python client of the REST API, sync and async."""
