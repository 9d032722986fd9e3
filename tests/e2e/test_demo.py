"""``make demo FILM=...`` says where the notes are and where to listen, and ends in the review room."""

import http.client
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.e2e


def test_the_demo_says_where_to_look_and_listen_and_opens_the_room(tiny_film: Path, tmp_path: Path) -> None:
    out = tmp_path / "notes"
    command = [sys.executable, "-m", "data_tools.demo", "--film", str(tiny_film), "--out", str(out)]
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        try:
            for line in demo.stdout:
                said.append(line)
                if line.startswith("Open http://"):
                    break
            opened = urlsplit(said[-1].split()[1])
            assert opened.fragment.startswith("/reels/reel_")
            assert len(opened.query.removeprefix("token=")) > 20
            service = http.client.HTTPConnection(opened.netloc, timeout=10)
            service.request("GET", "/health")
            assert service.getresponse().status == 200
            service.close()
        finally:
            demo.send_signal(signal.SIGINT)
        said += demo.stdout
    assert demo.returncode == 0
    assert any(f"{tiny_film.stem}.notes.html" in line for line in said)
    assert (out / f"{tiny_film.stem}.notes.html").exists()
    heard = next(line for line in said if line.startswith("Watch and listen: "))
    assert Path(heard.removeprefix("Watch and listen: ").strip()).stat().st_size > 0
    assert "The service stops" in said[-1]
