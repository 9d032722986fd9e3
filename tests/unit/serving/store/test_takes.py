"""A take that was stored without its times gets them from the file beside its sound, or stays without: never zero."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alembic import command

from data_tools.benchmark.score_samples import make_theme_sketch
from model.documents import to_plain
from model.media.reel import ReelInfo
from model.review.take import RECORD, write_take
from model.scoring.record import ScoredCue
from model.spotting.notes import SpottingNotes
from model.spotting.settings import SpotSettings
from model.steps.step import StepArtefact, StoredFile
from serving.jobs.stages.score import take_of
from serving.store.artefacts import Artefacts
from serving.store.database import Database
from serving.store.migrations import alembic_config, migrate
from serving.store.tables import Project, Record, ReelRow, Take
from serving.store.takes import complete_take_records
from tests.unit.review.test_take import written


@dataclass(frozen=True)
class Written:
    """One take as the product writes it: its record, its ``take.json``, and the ``ScoredCue`` it was made from."""

    record: Record
    document: bytes
    scored: Record


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Written:
    sketch, base = make_theme_sketch()
    folder = tmp_path_factory.mktemp("score")
    scored: ScoredCue = written(folder, sketch, base)
    reel = ReelInfo("agent.mov", "0" * 64, base, 5555, 640, 360, "mov", "h264")
    notes = SpottingNotes(reel, SpotSettings(), (), (), (), (), ())
    files = write_take(folder, scored, notes, folder / "take")
    return Written(as_kept(files.record), (files.folder / RECORD).read_bytes(), as_kept(scored))


def as_kept(document: object) -> Any:
    """Plain data as a row gives it back."""
    return json.loads(json.dumps(to_plain(document)))


@pytest.fixture
def artefacts(tmp_path: Path) -> Artefacts:
    return Artefacts(tmp_path / "artefacts")


def database_of_before(tmp_path: Path, take: Written, sha256: str) -> Database:
    """A database of the version whose takes had no times, with one take in it, brought up to date."""
    database = Database(f"sqlite:///{tmp_path / 'rows.db'}")
    migrate(database)
    files = {RECORD: {"sha256": sha256, "bytes": len(take.document), "media_type": "application/json"}}
    with database.write() as session:
        session.add(Project(id="p", name="P"))
        session.flush()
        session.add(ReelRow(id="r", project="p", name="cut.mov", film="f" * 64, film_bytes=1))
        session.flush()
        session.add(
            Take(id="t", reel="r", cue="a", job="j", revision=1, record=take.record, scored=take.scored, files=files)
        )
    with database.write() as session:
        command.downgrade(alembic_config(session.connection()), "002")
    migrate(database)
    assert stored(database).record == take.scored
    return database


def stored(database: Database) -> Take:
    with database.read() as session:
        return session.get_one(Take, "t")


def test_a_take_of_before_gets_its_true_times(tmp_path: Path, artefacts: Artefacts, take: Written) -> None:
    database = database_of_before(tmp_path, take, artefacts.put_bytes(take.document))
    assert complete_take_records(database, artefacts) == 1
    row = stored(database)
    assert (row.record, row.scored) == (take.record, take.scored)
    assert row.record["start_s"] > 0
    assert complete_take_records(database, artefacts) == 0


@pytest.mark.parametrize("damage", [lambda document: document[:40], lambda document: document.replace(b'"a"', b'"b"')])
def test_where_the_file_is_damaged_or_anothers_the_times_stay_missing(
    tmp_path: Path, artefacts: Artefacts, take: Written, damage: Any
) -> None:
    database = database_of_before(tmp_path, take, artefacts.put_bytes(damage(take.document)))
    assert complete_take_records(database, artefacts) == 0
    assert stored(database).record == take.scored
    assert "start_s" not in stored(database).record


def test_where_the_file_is_gone_it_is_read_once_it_is_back(tmp_path: Path, artefacts: Artefacts, take: Written) -> None:
    sha256 = artefacts.put_bytes(take.document)
    artefacts.remove(sha256)
    database = database_of_before(tmp_path, take, sha256)
    assert complete_take_records(database, artefacts) == 0
    artefacts.put_bytes(take.document)
    assert complete_take_records(database, artefacts) == 1
    assert stored(database).record == take.record


def test_the_job_hands_on_the_whole_record(tmp_path: Path, take: Written) -> None:
    path = tmp_path / RECORD
    path.write_bytes(take.document)
    file = StoredFile.of(path)
    composed = StepArtefact({"1m1/stems/strings.wav": file}, {"cue": take.scored})
    made = take_of(composed, StepArtefact({f"take/{RECORD}": file}, {"take": take.record}))
    assert (made["cue"], made["record"], made["scored"]) == ("a", take.record, take.scored)
    assert list(made["files"]) == [RECORD, "folder/stems/strings.wav"]
    assert made["files"][RECORD] == {
        "sha256": file.sha256,
        "bytes": len(take.document),
        "media_type": "application/json",
    }
