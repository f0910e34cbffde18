"""Why a service refuses to start, or stays unready.

StartupError
|-- ModelFileError   a model file is missing, damaged or not the one the manifest names
|-- ProviderError    the execution provider that was asked for is not there
`-- GoldenError      the model does not reproduce its stored answer

Errors of requests are problems: `web.problems`.
"""


class StartupError(Exception):
    """The service cannot serve; the message says what to do."""


class ModelFileError(StartupError):
    """A model file is missing, damaged or not the one the manifest names."""


class ProviderError(StartupError):
    """The execution provider that was asked for is not there."""


class GoldenError(StartupError):
    """The model does not reproduce its stored answer."""
