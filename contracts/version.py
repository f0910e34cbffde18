"""The one version of everything: messages, services, gateway and client are released together."""

__version__ = "0.1.0"
