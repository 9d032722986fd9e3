"""``make demo FILM=...`` says where the notes are and where to listen, and ends in the review room."""

import http.client
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from data_tools.child_process import child_process

pytestmark = pytest.mark.e2e


@pytest.mark.usefixtures("ignored_sigint")
def test_the_demo_says_where_to_look_and_listen_and_opens_the_room(tiny_film: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "data_tools.demo", "--film", str(tiny_film), "--out", str(tmp_path)]
    said: list[str] = []
    with child_process(command, stdout=subprocess.PIPE) as demo:
        assert demo.stdout is not None
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
        demo.terminate()
        said += demo.stdout
        assert demo.wait(30) == 0
    with pytest.raises(OSError, match="refused"):
        http.client.HTTPConnection(opened.netloc, timeout=10).connect()
    assert any(f"{tiny_film.stem}.notes.html" in line for line in said)
    assert (tmp_path / "notes" / f"{tiny_film.stem}.notes.html").exists()
    heard = next(line for line in said if line.startswith("Watch and listen: "))
    assert Path(heard.removeprefix("Watch and listen: ").strip()).stat().st_size > 0
    assert "The service stops" in said[-1]
