"""The command line: exit codes, plain words, and the two JSON contracts."""

import json
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer

from model import errors
from serving.cli import main, terminal
from serving.cli.app import app

COMMANDS = ("run", "spot", "score", "motifs", "serve", "observe", "cuts", "fit", "doctor", "assets")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["cuelight", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    code = caught.value.code
    assert isinstance(code, int)
    return code


def test_help_lists_every_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--help") == 0
    shown = capsys.readouterr().out
    assert [word for word in COMMANDS if f" {word} " not in shown] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does_in_a_sentence(name: str) -> None:
    command: Any = typer.main.get_command(app)
    options = command.commands[name].params
    assert options
    assert [option.name for option in options if not re.fullmatch(r"[A-Z].*[^.]\.", option.help or "")] == []


def test_version_is_that_of_the_distribution(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"cuelight {version('cuelight')}\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotAFilm("x"), 3),
        (errors.SubtitlesInvalid("x"), 4),
        (errors.DiskFull("x"), 5),
        (errors.AssetMissing("x"), 6),
        (errors.ChildDied("x"), 7),
        (errors.Cancelled(), 130),
        (errors.CuelightError("x"), 1),
    ],
)
def test_every_group_of_errors_has_its_exit_code(
    error: errors.CuelightError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import model.film_run

    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(model.film_run, "spot_film", fail)
    assert run(monkeypatch, "spot", "x.mp4") == code
    told = capsys.readouterr()
    assert error.code in told.err
    assert told.out == ""


def test_ctrl_c_is_a_clean_stop(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import model.film_run

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(model.film_run, "spot_film", interrupt)
    assert run(monkeypatch, "spot", "x.mp4") == 130
    assert "nothing half-written" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("spot",), ("spot", "x.mp4", "--coverage", "2"), ("nonsense",)])
def test_wrong_usage_is_2_and_says_why(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    assert "usage" in capsys.readouterr().err


def test_a_missing_film_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "spot", str(tmp_path / "gone.mov"), "--out", str(tmp_path / "out")) == 3
    assert "no film" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--subtitles", "--script", "--previous"])
def test_missing_side_files_are_told_as_such(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "x.mp4"
    film.write_bytes(b"")
    name = {"--subtitles": "s.srt", "--script": "s.fountain", "--previous": "n.json"}[option]
    assert run(monkeypatch, "spot", str(film), option, str(tmp_path / name)) == 4
    assert name in capsys.readouterr().err


def test_a_side_file_of_another_kind_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.doc").write_text("hello")
    assert run(monkeypatch, "spot", "x.mp4", "--script", str(tmp_path / "x.doc")) == 4


def test_doctor_and_assets_speak_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "doctor", "--json") == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert set(checks) >= {"assets", "networks", "sound", "page", "film", "sandbox", "cache", "home"}
    assert [check for check in checks.values() if not check["ok"] or not check["detail"]] == []
    assert run(monkeypatch, "assets", "--json") == 0
    assert all(a["state"] == "ok" and a["licence"] for a in json.loads(capsys.readouterr().out))


def test_doctor_says_what_fails_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from serving import checks

    def fail() -> str:
        raise errors.AssetMissing("The synthesizer is not installed.", hint="Install it.")

    monkeypatch.setattr(checks, "MACHINE_CHECKS", {"sound": fail})
    assert run(monkeypatch, "doctor") == terminal.EXIT_CODES[errors.AssetError]
    assert "bad sound: The synthesizer is not installed.\n      Install it.\n" in capsys.readouterr().out
