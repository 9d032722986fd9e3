"""``python -m training``: every recipe can be found, asked what it needs and run with its arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.__main__ import RECIPES, main


def test_the_list_names_every_recipe_with_its_module(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(RECIPES)
    assert all(f"({module})" in line for line, (module, _) in zip(lines, RECIPES.values(), strict=True))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_it_needs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"python -m training {name}" in capsys.readouterr().out


def test_an_unknown_recipe_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert "no recipe called nothing" in capsys.readouterr().err


def test_arguments_reach_the_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the labels the priors' recipe says what is missing, and its exit code is handed on."""
    monkeypatch.setenv("CUELIGHT_DATA", str(tmp_path))
    assert main(["priors"]) == 2
    assert "labels archive" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["priors", "unexpected"])
