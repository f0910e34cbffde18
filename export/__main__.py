"""The command line: `python -m export <task> | all | evaluate --all`."""

import argparse
import sys
from pathlib import Path

from export import publish
from export.datasets import DatasetMissingError
from export.packages import FetchError
from export.recipe import TASKS, UnknownRecipeError, find
from web.logs import configure_logs


def main(arguments: list[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    options = _parser().parse_args(arguments)
    configure_logs("WARNING", "console")
    try:
        for task in TASKS if options.task == "all" else [options.task]:
            print(f"{task}: building")
            metrics = publish.publish(find(task, options.variant), options.models)
            print(f"{task}: " + ", ".join(f"{name} {value}" for name, value in metrics.items()))
    except (DatasetMissingError, FetchError, UnknownRecipeError, publish.NotGoodEnoughError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m export", description=__doc__)
    parser.add_argument("task", choices=[*TASKS, "all"], help="which model to rebuild")
    parser.add_argument("--variant", help="another recipe of the task than the shipped one")
    parser.add_argument("--models", type=Path, default=publish.MODELS, help="where the files go")
    return parser


if __name__ == "__main__":
    sys.exit(main())
