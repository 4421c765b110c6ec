"""A terminal that goes away without a word."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal of POSIX")
def test_the_ui_ends_when_its_terminal_is_lost(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "TERM": "xterm"}
    # Its session is ours: it hears no SIGHUP when the terminal is lost.
    with subprocess.Popen(
        [sys.executable, "-m", "crmcore.cli.main", "--lang", "en"],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=tmp_path,
    ) as crm:  # fmt: skip
        os.close(theirs)
        try:
            seen = b""
            while b"Ctrl+Q" not in seen and b"demo" not in seen:  # the first screen of who has no shop
                seen += os.read(ours, 65536)
            os.close(ours)
            crm.wait(60)
        finally:
            crm.kill()
