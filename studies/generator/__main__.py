"""`python -m studies.generator --models DIR`: train the generator, export it to DIR and measure it."""

import argparse
from pathlib import Path

from export import publish
from studies.generator.trained import trained


def main() -> None:
    """Train (or go on), export, measure; the shipped generator stays as it is."""
    parser = argparse.ArgumentParser(prog="python -m studies.generator", description=__doc__)
    parser.add_argument(
        "--models", type=Path, required=True, help="folder for the model, its card and manifest"
    )
    metrics = publish.publish(trained(), parser.parse_args().models)
    print(", ".join(f"{name} {value}" for name, value in metrics.items()))


if __name__ == "__main__":
    main()
