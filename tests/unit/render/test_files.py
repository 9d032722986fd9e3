"""Names follow the grammar, files are whole, and notes breathe without leaving the beat."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import DiskFull, OutputUnwritable
from model.files import write_whole
from model.render.files import CODES, stem_name
from model.render.humanise import humanise
from model.render.printing import print_stems
from model.render.stems import Stems
from model.sketch.sketch_types import PartNote, VoiceRole
from model.time import Beat
from model.timing.tempo_map import Tempo, TempoMap

NAME = re.compile(r"[A-Za-z0-9.-]+_[A-Za-z0-9.-]+_[A-Za-z0-9]+_[A-Z]+_v\d\d_48k_24b_\d+\.wav")


def test_a_name_says_what_it_is() -> None:
    name = stem_name("Agent 327", "3m05A", "The barber's chair", "strings", Fraction(24000, 1001), 3)
    assert name == "AGENT-327_3m05A_TheBarbersChair_STR_v03_48k_24b_23976.wav"


@given(st.text(), st.text(), st.text(), st.sampled_from(sorted(CODES)))
def test_no_text_leaves_the_grammar(show: str, number: str, title: str, part: str) -> None:
    name = stem_name(show, number, title, part, Fraction(30000, 1001))
    assert NAME.fullmatch(name)
    assert len(name) < 200


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.wav"
    with write_whole(path) as temporary:
        temporary.write_bytes(b"sound")
        assert not path.exists()
    assert path.read_bytes() == b"sound"
    with pytest.raises(DiskFull), write_whole(path):
        raise OSError(28, "No space left on device")
    with pytest.raises(KeyboardInterrupt), write_whole(path):
        raise KeyboardInterrupt
    assert [p.name for p in path.parent.iterdir()] == ["x.wav"]


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(OutputUnwritable), write_whole(tmp_path / "x" / "y.wav"):
        pass


def test_printed_stems_sum_to_the_printed_mix(performed: Stems, tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    printed = print_stems(performed, tmp_path, "Show")
    mix, _ = soundfile.read(printed.mix)
    total = sum(soundfile.read(path)[0] for path in printed.stems.values())
    assert 20 * np.log10(np.abs(mix - total).max() + 1e-12) < -110
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        f"SHOW_1m1_TheBarbersChair_{code}_v01_48k_24b_24.wav" for code in ("MIX", "STR", "PERC", "KEYS", "BASS")
    )


TEMPO = TempoMap(Fraction(0), 64, (Tempo(Beat(Fraction(0)), Fraction(97)),))


def _play(notes: list[PartNote], hits: frozenset[Beat], seed: int = 1) -> list:
    return humanise(notes, TEMPO, lambda s: round(s * 48_000), hits=hits, last=10**9, rng=np.random.default_rng(seed))


@given(st.integers(0, 2**32 - 1))
def test_players_stay_within_eleven_milliseconds_and_hits_are_exact(seed: int) -> None:
    notes = [PartNote(Beat(Fraction(i, 2)), Fraction(1, 2), 60 + i % 12, 80, VoiceRole.MELODY) for i in range(64)]
    hits = frozenset({Beat(Fraction(8)), Beat(Fraction(24))})
    played = _play(notes, hits, seed)
    off = [p.start - round(TEMPO.seconds(n.onset) * 48_000) for p, n in zip(played, notes, strict=True)]
    assert max(abs(x) for x in off) <= 0.0111 * 48_000
    assert [p.start for p in played if p.exact] == [round(TEMPO.seconds(b) * 48_000) for b in sorted(hits)]
    assert [p.velocity for p in played if p.exact] == [80, 80]
    assert len(set(off)) > 20


def test_a_phrase_rises_to_its_top_and_falls() -> None:
    notes = [PartNote(Beat(Fraction(i)), Fraction(1), 60, 80, VoiceRole.MELODY) for i in range(16)]
    mean = np.mean([[p.velocity for p in _play(notes, frozenset(), seed)] for seed in range(200)], axis=0)
    assert mean[8:11].mean() > mean[1:4].mean() + 2
    assert mean[8:11].mean() > mean[13:].mean() + 2


def test_staccato_is_short_and_one_voice_of_chords_moves_together() -> None:
    notes = [PartNote(Beat(Fraction(1)), Fraction(1), p, 80, VoiceRole.HARMONY, "staccato") for p in (60, 64, 67)]
    played = _play(notes, frozenset())
    assert max(p.start for p in played) - min(p.start for p in played) < 0.012 * 48_000
    assert all(0.2 < (p.end - p.start) / 48_000 < 0.45 for p in played)
