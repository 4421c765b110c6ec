"""What the processes that the program starts have in common: surroundings, names, what they print."""

from __future__ import annotations

import contextlib
import os
import socket
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


def this_process() -> str:
    """Who runs this: host, process id and when that process began (ids are used again)."""
    import psutil

    return f"{socket.gethostname()}:{os.getpid()}:{int(psutil.Process().create_time())}"


def is_running(process: str) -> bool:
    """Whether a process (as `this_process` names it) still runs; another host's is taken to run."""
    import psutil

    host, pid, began = process.rsplit(":", 2)
    if host != socket.gethostname():
        return True
    try:
        found = psutil.Process(int(pid))
        # One that was killed and not yet waited for by its parent is dead, too.
        same = abs(found.create_time() - int(began)) < 2
        return bool(same and found.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def drain(pipe: IO[bytes], kept: deque[bytes]) -> None:
    """Take what a process prints, so that it never blocks on that; `kept` holds the end, 4 KB a block."""
    with pipe, contextlib.suppress(OSError, ValueError):
        while block := os.read(pipe.fileno(), 4096):
            kept.append(block)
