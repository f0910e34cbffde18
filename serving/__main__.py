"""`python -m serving TASK`: one service as a process of its own; TASK defaults to `HEXAFACE_TASK`."""

import os
import sys
from importlib import import_module

from fastapi import FastAPI
from pydantic import ValidationError

from serving.errors import StartupError
from serving.settings import ServiceSettings
from web.listening import ListenSettings
from web.logs import configure_logs
from web.server import refuse, run
from web.tracing import TracingError, configure_tracing


def main(arguments: list[str]) -> None:
    """Serve a task until stopped."""
    task = arguments[0] if arguments else os.environ.get("HEXAFACE_TASK", "")
    try:
        settings, listen = ServiceSettings(), ListenSettings()
        configure_logs(settings.log_level.upper(), settings.log_format)
        configure_tracing(task)
        app = _create(task)
    except (StartupError, ValidationError, TracingError) as error:
        refuse(error)
        return
    run(app, listen, refusals=(StartupError,), public=False)


def _create(task: str) -> FastAPI:
    # By name: `serving` stands under the services, and an image holds just one of them.
    module = f"services.{task}.app"
    try:
        app: FastAPI = import_module(module).create_app()
    except ModuleNotFoundError as error:
        if error.name not in (module, module.rpartition(".")[0]):
            raise
        raise StartupError(f"there is no service {task!r} here; usage: python -m serving TASK") from error
    return app


if __name__ == "__main__":
    main(sys.argv[1:])
