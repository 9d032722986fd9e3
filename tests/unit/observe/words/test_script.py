"""Screenplays give their scenes and speeches, or a plain error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import ScriptInvalid
from model.observe.words.script import Speech, read_script

FOUNTAIN = """Title: Barbershop
Author: A. Nonymous

FADE IN:

INT. BARBERSHOP - DAY #12#

A bell. The AGENT looks around.

WU (O.S.)
(without turning)
Haircut?
Please, *sit*.

@McCoy ^
Just a trim. [[keep?]]

CUT TO:

/* EXT. NOWHERE - NEVER

NOBODY
Nothing. */

.THE HIDEOUT

THE BOSS
~You again!

EXTREME CLOSE ON the razor.

> THE END <
"""
FDX = """<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<FinalDraft DocumentType="Script" Version="1"><Content>
<Paragraph Number="1" Type="Scene Heading"><Text>INT. BARBERSHOP - DAY</Text></Paragraph>
<Paragraph Type="Action"><Text>A bell.</Text></Paragraph>
<Paragraph Type="Character"><Text>WU (O.S.)</Text></Paragraph>
<Paragraph Type="Parenthetical"><Text>(without turning)</Text></Paragraph>
<Paragraph Type="Dialogue"><Text>Haircut? </Text><Text Style="Italic">Please, sit.</Text></Paragraph>
<Paragraph><DualDialogue>
<Paragraph Type="Character"><Text>MCCOY</Text></Paragraph>
<Paragraph Type="Dialogue"><Text>Just a trim.</Text></Paragraph>
</DualDialogue></Paragraph>
<Paragraph Type="Scene Heading"><Text>THE HIDEOUT</Text></Paragraph>
<Paragraph Type="Character"><Text>THE BOSS</Text></Paragraph>
<Paragraph Type="Dialogue"><Text>You again!</Text></Paragraph>
</Content><TitlePage><Content><Paragraph Type="Character"><Text>NOBODY</Text></Paragraph></Content></TitlePage>
</FinalDraft>
"""


@pytest.mark.parametrize(("text", "kind"), [(FOUNTAIN, "fountain"), (FDX, "fdx")])
def test_scenes_and_speeches_in_order(text: str, kind: str) -> None:
    script = read_script(text, kind)
    assert script.scenes == ("INT. BARBERSHOP - DAY", "THE HIDEOUT")
    assert script.speeches == (
        Speech("Wu", "Haircut? Please, sit.", 0),
        Speech("Mccoy", "Just a trim.", 0),
        Speech("The Boss", "You again!", 1),
    )
    assert script.characters == ("Wu", "Mccoy", "The Boss")


def test_line_ends_and_byte_marks_do_not_matter() -> None:
    assert read_script("\ufeff" + FOUNTAIN.replace("\n", "\r\n"), "fountain") == read_script(FOUNTAIN, "fountain")


BOMB = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]>
<FinalDraft><Content><Paragraph Type="Scene Heading"><Text>&c;</Text></Paragraph></Content></FinalDraft>"""
LEAK = """<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>
<FinalDraft><Content><Paragraph Type="Scene Heading"><Text>&b;</Text></Paragraph></Content></FinalDraft>"""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "fountain"),
        ("just a letter to my mother", "fountain"),
        ("INT. A\0B", "fountain"),
        (FOUNTAIN, "pdf"),
        ("", "fdx"),
        (FDX[:200], "fdx"),
        ("<html></html>", "fdx"),
        ("<FinalDraft></FinalDraft>", "fdx"),
        ("<a>" * 100_000, "fdx"),
        (BOMB, "fdx"),
        (LEAK, "fdx"),
    ],
)
def test_what_is_no_script_is_refused(text: str, kind: str) -> None:
    with pytest.raises(ScriptInvalid):
        read_script(text, kind)


@given(st.text(max_size=400), st.sampled_from(["fountain", "fdx"]))
def test_nonsense_is_refused_or_read(text: str, kind: str) -> None:
    try:
        script = read_script(text, kind)
    except ScriptInvalid:
        return
    assert all(speech.character and speech.text and speech.scene < len(script.scenes) for speech in script.speeches)
