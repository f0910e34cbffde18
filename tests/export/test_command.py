"""The command says in one line what is wrong."""

from pathlib import Path

import pytest

from export import publish
from export.__main__ import main
from export.publish import NotGoodEnoughError
from export.recipe import Evaluation, Floor, UnknownRecipeError, find


def test_an_unknown_variant_names_those_that_exist(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["embedder", "--variant", "better", "--models", str(tmp_path)]) == 1
    assert "there are packaged" in capsys.readouterr().err


def test_an_unknown_task_is_refused_with_the_list_of_tasks() -> None:
    with pytest.raises(UnknownRecipeError, match="detector, embedder"):
        find("horoscope")


def test_absent_data_sets_are_named_with_the_setting_that_finds_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEXAFACE_DATA", str(tmp_path / "nowhere"))
    assert main(["evaluate", "emotion"]) == 1
    error = capsys.readouterr().err
    assert "fer2013.zip is missing" in error
    assert "HEXAFACE_DATA" in error


def test_a_model_below_its_floor_is_not_published() -> None:
    with pytest.raises(NotGoodEnoughError, match=r"accuracy = 0\.4"):
        publish.check(Evaluation({"accuracy": 0.4}), (Floor("accuracy", at_least=0.5),))


def test_a_model_within_its_floors_passes() -> None:
    floors = (Floor("accuracy", at_least=0.5), Floor("error", at_most=3))
    publish.check(Evaluation({"accuracy": 0.5, "error": 3.0}), floors)
