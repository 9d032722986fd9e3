"""Hostile films through the real upload path: none brings the service down, hangs it, or makes it look elsewhere."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

from data_tools.service_bench.hostile import NAMES, hostile_files, some_hostile_files
from data_tools.service_bench.hostile_uploads import MOST_MEMORY_MIB, upload_hostile_files, watched_targets
from data_tools.service_bench.service import RunningService
from data_tools.service_bench.tus_client import TusClient

FILES = 16


def test_the_files_are_always_the_same_and_all_different() -> None:
    files = list(hostile_files(160, 3, ["target"]))
    assert files == list(hostile_files(160, 3, ["target"]))
    assert len({hashlib.sha256(file.data).digest() for file in files}) >= 158
    assert list(hostile_files(160, 4, ["target"])) != files
    spread = list(some_hostile_files(20, 3))
    assert len(spread) == 20
    assert len({file.made.split(": ")[1] for file in spread}) > 10


def test_every_job_ends_with_words_a_person_understands(tmp_path: Path) -> None:
    opened: list[str] = []
    with watched_targets(tmp_path / "canary", opened) as targets:
        found = upload_hostile_files(tmp_path, some_hostile_files(FILES, targets=targets))
    assert found.faults == []
    assert found.crashes == 0
    assert opened == []
    assert sum(found.ends.values()) == found.files == FILES
    assert {"not-a-film", "broken-reel"} <= found.ends.keys()
    assert 0 < found.memory_mb < MOST_MEMORY_MIB


def test_reading_a_target_is_noticed(tmp_path: Path) -> None:
    """The watch itself works: it notices reads and connections, and takes a listing of the folder for neither."""
    opened: list[str] = []
    with watched_targets(tmp_path / "canary", opened) as targets:
        assert [path.name for path in (tmp_path / "canary").iterdir()] == ["film.mp4"]
    assert opened == []
    with watched_targets(tmp_path / "another", opened) as targets:
        Path(targets[0]).read_bytes()
        with socket.create_connection(("127.0.0.1", int(targets[-1].split(":")[2].split("/")[0]))):
            pass
    assert opened[0].startswith("connection from ('127.0.0.1', ")
    assert set(opened[1:]) == {"read film.mp4"}


def test_hostile_names_are_shown_and_never_used(tmp_path: Path) -> None:
    with RunningService(tmp_path / "home") as server:
        for name in NAMES:
            state = TusClient(server).ask_state(TusClient(server).send_all(name.encode(), name))
            reel = server.ask("GET", f"/v1/reels/{state['reel']}").body
            assert reel["name"] == state["name"] != ""
            assert not set("\0\u202e") & set(reel["name"])
    files = [path for path in (tmp_path / "home" / "artefacts").rglob("*") if path.is_file()]
    contents = {hashlib.sha256(name.encode()).hexdigest() for name in NAMES}
    assert {path.name for path in files} == contents | {"identity.json"}
    assert not list((tmp_path / "home" / "uploads").iterdir())
    top = {path.name.partition(".")[0] for path in (tmp_path / "home").iterdir()}
    assert top <= {"artefacts", "uploads", "scratch", "cuelight", "log"}
