"""``cuelight serve``: where it listens, what it says, how it refuses."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from model.errors import OutputUnwritable, SettingInvalid
from serving.cli import serve
from serving.server import open_listener
from serving.settings import Settings


def test_what_the_command_says_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUELIGHT_PORT", "9000")
    monkeypatch.setenv("CUELIGHT_WORKERS", "3")
    settings = serve.read_settings({"port": 0, "home": tmp_path})
    assert (settings.port, settings.workers, settings.home) == (0, 3, tmp_path)


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("PORT", "70000"), ("DEVICE", "abacus"), ("LEASE_S", "0")]
)
def test_a_setting_that_does_not_fit_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CUELIGHT_{name}", value)
    with pytest.raises(SettingInvalid, match=f"CUELIGHT_{name}"):
        serve.read_settings({})


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(home=tmp_path, port=taken.getsockname()[1])
        with pytest.raises(OutputUnwritable, match="cannot be listened on"):
            open_listener(settings)


@pytest.mark.parametrize(
    ("said", "token", "address"),
    [
        ({"port": 9000}, "ct_x", "http://127.0.0.1:9000/?token=ct_x"),
        ({"port": 9000, "host": "0.0.0.0"}, "ct_x", "http://127.0.0.1:9000/?token=ct_x"),  # noqa: S104
        ({"port": 9000, "host": "::1"}, "ct_x", "http://[::1]:9000/?token=ct_x"),
        ({"port": 9000, "public_url": "https://cues.example/"}, "ct_x", "https://cues.example/?token=ct_x"),
        ({"port": 9000}, "", "http://127.0.0.1:9000/\n"),
    ],
)
def test_the_printed_address_is_one_that_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: dict[str, object], token: str, address: str
) -> None:
    serve._print_address(Settings(home=tmp_path, **said), token)  # type: ignore[arg-type]
    assert address in capsys.readouterr().out
