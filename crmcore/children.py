"""What the processes have in common that the program starts: where they find it, and what they print."""

from __future__ import annotations

import contextlib
import os
import sys
from collections import deque
from pathlib import Path
from typing import IO


def environment() -> dict[str, str]:
    """Ours, with crmcore found wherever we found it ourselves."""
    home = str(Path(__file__).resolve().parent.parent)
    known = os.environ.get("PYTHONPATH")
    found = {**os.environ, "PYTHONPATH": f"{home}{os.pathsep}{known}" if known else home}
    if sys.dont_write_bytecode:
        found["PYTHONDONTWRITEBYTECODE"] = "1"
    return found


def drain(pipe: IO[bytes], kept: deque[bytes]) -> None:
    """Take what a process prints, so that it never blocks on that; `kept` holds the end, 4 KB a block."""
    with pipe, contextlib.suppress(OSError, ValueError):
        while block := os.read(pipe.fileno(), 4096):
            kept.append(block)
