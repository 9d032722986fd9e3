"""The world behind the API, copied for each test that asks for it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _load() -> ModuleType:
    name = "api_world"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("world.py"))
        assert spec
        assert spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def api() -> ModuleType:
    """Names of the world: ids, people, ``bearer``."""
    return _load()


@pytest.fixture(scope="session")
def template(api: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home: Path = tmp_path_factory.mktemp("world") / "home"
    api.make_template(home)
    return home


@pytest.fixture
def opened(api: ModuleType, template: Path, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open a world with settings of its own."""
    worlds: list[Any] = []

    def open_one(**settings: Any) -> Any:
        worlds.append(api.open_world(template, tmp_path / f"home{len(worlds)}", **settings))
        return worlds[-1]

    yield open_one
    for one in worlds:
        one.client.close()
        one.service.database.close()


@pytest.fixture
def world(opened: Callable[..., Any]) -> Any:
    """A world of the test's own."""
    return opened()
