"""Shared material: a tiny synthetic film with known truth, and a cache of its own for every run."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

DATA = os.environ.get("CUELIGHT_DATA", "")


@pytest.fixture(scope="session", autouse=True)
def _children_hear_ctrl_c() -> None:
    """Started in a shell's background, tests ignore SIGINT, and so would every child: give it back its meaning."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def ignored_sigint() -> Iterator[None]:
    """Children that the test starts ignore SIGINT, as they do in a shell's background and under nohup."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Results of other runs must not decide a test, nor tests fill a person's cache.

    No service of the tests tries the whole machine at its start: that is a test of its own.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUELIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("CUELIGHT_CHECK_EVERY_S", "0")
        yield


@pytest.fixture(scope="session")
def tiny_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic film of some ten seconds: a few transitions, a line, an impact, a title."""
    from data_tools.films import make_tiny

    path = tmp_path_factory.mktemp("films") / "tiny.mp4"
    make_tiny(7, path)
    return path


@pytest.fixture(scope="session")
def real_films() -> Path:
    """The folder of real films with hand-checked truth."""
    folder = Path(DATA) / "films"
    if not DATA or not folder.is_dir():
        pytest.skip("CUELIGHT_DATA is not set: the real films are not here")
    return folder


InstallPlugin = Callable[..., Path]


@pytest.fixture
def install_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstallPlugin:
    """Put a distribution with entry points on the path, as installers do: ``install(group, "name = module:it")``."""

    def install(group: str, *points: str, package: str = "outside", version: str = "1.0") -> Path:
        site = tmp_path / "site"
        info = site / f"{package}-{version}.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *points]) + "\n")
        monkeypatch.syspath_prepend(site)
        return site

    return install
