"""The figures of spotting: labels are read as said, guesses are scored as said, anchors do what their names say."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from data_tools.benchmark import labels
from data_tools.benchmark.labels import Guess, score, spot_by_talk
from data_tools.benchmark.spotting import CueComparison, edge_f1, music_f1
from data_tools.benchmark.table import Skipped
from data_tools.benchmark.talk_prior import fit_priors, steps_with_music
from data_tools.corpora.spotting_labels import LENGTH_S, LabelledFilm, fold_of, join_spans, labels_archive, read_labels


def archive(folder: Path, files: dict[str, str]) -> Path:
    path = folder / "labels.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return path


def test_labels_are_read_and_rows_that_leak_music_are_not(tmp_path: Path) -> None:
    films = read_labels(
        archive(
            tmp_path,
            {
                "labels/music labels/abc.csv": "0.0,0.4,m\n10.0,20.0,m\n20.5,30.0,m\n890,905,m\n950,960,m\n",
                "labels/speech labels/abc.csv": "1.0\t2.5\ts\n1.0\t2.5\tm\n40\t41\tm\n",
                "labels/readme.txt": "nothing",
            },
        )
    )
    assert len(films) == 1
    assert films[0].music == [(10.0, 30.0), (890.0, LENGTH_S)]
    assert films[0].speech == [(1.0, 2.5)]
    assert films[0].fold == fold_of("abc")
    assert films[0].ins_s == [10.0, 890.0]
    assert films[0].outs_s == [30.0]
    assert films[0].coverage == pytest.approx(30 / 900)


def test_short_rests_are_closed_and_short_sounds_dropped() -> None:
    assert join_spans([(5, 6), (6.5, 8), (20, 20.4), (1, 2)]) == [(1, 2), (5, 8)]


def test_without_the_data_folder_the_topic_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUELIGHT_DATA", raising=False)
    assert labels_archive() is None
    with pytest.raises(Skipped):
        labels.rows()


def dialogue(seed: int) -> LabelledFilm:
    """A quarter of an hour in which music fills every pause over ten seconds."""
    rng = np.random.default_rng(seed)
    speech, music, at = [], [], 5.0
    while at < LENGTH_S - 40:
        line = float(rng.uniform(1, 3))
        speech.append((at, at + line))
        at += line
        if rng.random() < 0.1:
            pause = float(rng.uniform(12, 30))
            music.append((at + 0.5, at + pause - 0.5))
            at += pause
        else:
            at += float(rng.uniform(0.3, 2))
    return LabelledFilm(f"film {seed}", seed % 5, speech, music)


@pytest.fixture(scope="module")
def films() -> list[LabelledFilm]:
    return [dialogue(seed) for seed in range(10)]


def test_where_music_follows_the_dialogue_it_is_found(films: list[LabelledFilm]) -> None:
    rows = {row.what: row for row in score(films)}
    macro = rows["dialogue-only spotting at matched coverage, macro F1"]
    assert macro.value > 0.85
    assert macro.anchors["always music"] < 0.5
    assert rows["dialogue-only spotting, in-F1 at 1 s"].value > 0.5
    assert rows["dialogue-only spotting, in-F1 at 5 s"].value >= rows["dialogue-only spotting, in-F1 at 1 s"].value


def test_the_dial_is_matched_to_the_film(films: list[LabelledFilm]) -> None:
    table = fit_priors(films)
    said = spot_by_talk(films[0], table, films[0].coverage)
    assert sum(b - a for a, b in said) / LENGTH_S == pytest.approx(films[0].coverage, abs=0.03)


def test_priors_are_the_same_from_the_same_labels(films: list[LabelledFilm]) -> None:
    assert fit_priors(films) == fit_priors(films)
    assert fit_priors(films).cues.median_s > 10


def test_the_truth_itself_scores_one(films: list[LabelledFilm]) -> None:
    perfect = Guess("truth", [f.music for f in films])
    assert perfect.ins(films, 1.0).f1 == 1.0
    assert perfect.music(films) > 0.99
    assert steps_with_music(films[0]).sum() * 0.5 == pytest.approx(films[0].coverage * LENGTH_S, abs=10)


def test_cues_are_compared_edge_by_edge_and_moment_by_moment() -> None:
    right = CueComparison([(10.0, 20.0), (30.0, 50.0)], [(10.5, 20.0), (30.0, 50.9)], 60.0)
    wrong = CueComparison([(10.0, 20.0)], [(13.0, 23.0)], 60.0)
    assert edge_f1([right]) == 1.0
    assert edge_f1([wrong]) == 0.0
    assert edge_f1([right, wrong]) == pytest.approx(2 / 3)
    assert music_f1([right]) > 0.95
    assert 0.7 < music_f1([wrong]) < 0.9
