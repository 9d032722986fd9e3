"""The words of tus: what a client may say, and what is refused with the header that is to blame."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import ChecksumWrong, CuelightError, RequestInvalid
from serving.uploads import tus


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def refused(error: CuelightError, status: int) -> None:
    members: dict[str, Any] = vars(error)["members"]
    assert members["status"] == status
    assert members["errors"][0]["field"].startswith("header.")


@given(st.dictionaries(st.text("abcXYZ-_09", min_size=1), st.text(st.characters(exclude_categories=["Cs"]))))
def test_metadata_come_back(told: dict[str, str]) -> None:
    header = ",".join(f"{name} {encoded(text)}" if text else name for name, text in told.items())
    assert tus.metadata(header) == told


@pytest.mark.parametrize("said", [None, "", " ", ","])
def test_no_metadata(said: str | None) -> None:
    assert tus.metadata(said) == {}


@pytest.mark.parametrize(
    "said", ["a ***", "a YQ==,a YQ==", "a /w==", "a YQ", "a é", "x" * (tus.METADATA_BYTES + 1), "a YQ== b YQ=="]
)
def test_metadata_that_cannot_be_read(said: str) -> None:
    with pytest.raises(RequestInvalid) as caught:
        tus.metadata(said)
    refused(caught.value, 400)


@given(st.text())
def test_any_header_is_read_or_refused(said: str) -> None:
    for read in (tus.metadata, tus.promise, lambda text: tus.count(text, "upload-offset")):
        try:
            read(said)
        except RequestInvalid as error:
            refused(error, 400)


@pytest.mark.parametrize("said", [None, "", "-1", "1.0", "0x10", "१", "9" * 19, "1 2", "+1"])
def test_a_count_is_a_plain_number(said: str | None) -> None:
    with pytest.raises(RequestInvalid) as caught:
        tus.count(said, "upload-length")
    refused(caught.value, 400)


def test_the_largest_count() -> None:
    assert tus.count(" 007 ", "upload-offset") == 7
    assert tus.count("9" * 18, "upload-offset") == 10**18 - 1


@pytest.mark.parametrize("algorithm", tus.ALGORITHMS)
def test_a_checksum_is_kept_or_not(algorithm: str) -> None:
    digest = hashlib.new(algorithm, b"film").digest()
    promised = tus.promise(f"{algorithm} {base64.b64encode(digest).decode()}")
    assert promised is not None
    found = promised.sum()
    found.update(b"film")
    promised.check(found)
    found.update(b"!")
    with pytest.raises(ChecksumWrong):
        promised.check(found)


@pytest.mark.parametrize(
    "said", ["", "md5 AAAA", "sha256", "sha256 AAAA", "sha256 " + "A" * 44 + "A", "SHA256 " + "A" * 43 + "="]
)
def test_checksums_that_cannot_be_read(said: str) -> None:
    with pytest.raises(RequestInvalid) as caught:
        tus.promise(said)
    refused(caught.value, 400)


def test_no_checksum() -> None:
    assert tus.promise(None) is None


@pytest.mark.parametrize("said", [None, "", "0.2.2", "1.0"])
def test_another_version(said: str | None) -> None:
    tus.check_version("1.0.0")
    with pytest.raises(RequestInvalid) as caught:
        tus.check_version(said)
    refused(caught.value, 412)


@pytest.mark.parametrize("said", [None, "application/json", "application/offset"])
def test_another_media_type(said: str | None) -> None:
    tus.check_media_type("Application/offset+octet-stream; x=y")
    with pytest.raises(RequestInvalid) as caught:
        tus.check_media_type(said)
    refused(caught.value, 415)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("../../etc/passwd", "../../etc/passwd"),  # data, shown as it is; it never becomes a path
        ("film\u202e4pm.exe", "film4pm.exe"),
        ("a\0b\nc\x1b[31m", "abc[31m"),
        ("", "Film"),
        ("\u200b\u2028 ", "Film"),
        ("Schöne Grüße 映画.mov", "Schöne Grüße 映画.mov"),
        ("x" * 1000, "x" * 400),
    ],
)
def test_names_fit_to_be_shown(said: str, shown: str) -> None:
    assert tus.shown_name(said) == shown
