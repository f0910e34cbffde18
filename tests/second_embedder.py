"""A real second embedder: foamliu's MobileFaceNet, as `python -m export embedder --variant foamliu` writes it."""

import pytest

from export.packages import FetchError
from export.publish import prepared, store
from export.recipe import find


def write_models(folder):
    """Write its models folder, but for the card; the test is skipped where its weights are out of reach."""
    recipe = find("embedder", "foamliu")
    try:
        store(recipe, prepared(recipe), folder)
    except FetchError as error:
        pytest.skip(str(error))
