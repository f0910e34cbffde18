"""The command line: `python -m export TASK`, `all`, and `evaluate TASK... | --all`."""

import argparse
import sys
from pathlib import Path

from export import publish
from export.datasets import DatasetMissingError
from export.packages import FetchError
from export.published import published
from export.recipe import PUBLISHED, TASKS, UnknownRecipeError, find
from web.logs import configure_logs

VARIANTS = (
    *("detector-points", "detector-centerface", "detector-mtcnn"),
    *("detector-blazeface", "attributes-packaged", "keypoints-nearest", "liveness-pair"),
)
"""Served beside a task's default, so measured too."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    options = _parser().parse_args(arguments)
    configure_logs("WARNING", "console")
    try:
        if options.command == "evaluate":
            _evaluate([] if options.all else options.tasks, options.models)
        else:
            _export(TASKS if options.command == "all" else [options.command], options.variant, options.models)
    except (DatasetMissingError, FetchError, UnknownRecipeError, publish.NotGoodEnoughError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(f"export: {error.name} is needed; `make models` sets it up in .venv-export", file=sys.stderr)
        return 1
    return 0


def _export(tasks: tuple[str, ...] | list[str], variant: str | None, models: Path) -> None:
    for task in tasks:
        print(f"{task}: building")
        recipe = find(task, variant)
        if variant == PUBLISHED:
            recipe = published(recipe, publish.MODELS)
        metrics = publish.publish(recipe, models)
        print(f"{task}: " + ", ".join(f"{name} {value}" for name, value in metrics.items()))


def _evaluate(tasks: tuple[str, ...] | list[str], models: Path) -> None:
    from export.report.accuracy import SECTIONS, write  # noqa: PLC0415  # brings matplotlib and the services

    print(f"written: {write(tasks or list(SECTIONS), models)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m export", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="TASK | all | evaluate")
    for name in (*TASKS, "all"):
        command = commands.add_parser(
            name, help=f"rebuild {'every model' if name == 'all' else f'the {name}'}"
        )
        command.add_argument(
            "--variant",
            help="another recipe than the shipped one; `published` prepares and measures the file as it is",
        )
        command.add_argument("--models", type=Path, default=publish.MODELS, help="where the files go")
    evaluate = commands.add_parser(
        "evaluate", help="measure the models as they are and write docs/accuracy.md"
    )
    evaluate.add_argument(
        "tasks", nargs="*", choices=[*TASKS, *VARIANTS, []], metavar="TASK", help="which models"
    )
    evaluate.add_argument("--all", action="store_true", help="every model")
    evaluate.add_argument("--models", type=Path, default=publish.MODELS, help="where the files are")
    return parser


if __name__ == "__main__":
    sys.exit(main())
