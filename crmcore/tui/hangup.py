"""Notice that the terminal is gone though nobody said so.

A terminal that is closed sends SIGHUP, which ends us. One that is lost otherwise (a container's console, a
connection that broke) says nothing: reading it returns at once, for ever, and one core is busy with that.
"""

from __future__ import annotations

import select
import sys

SECONDS = 2.0  # between two looks


def is_gone() -> bool:
    """Whether standard input was a terminal that nobody holds any more; never on Windows, which ends us."""
    poll = getattr(select, "poll", None)
    if poll is None or sys.__stdin__ is None or sys.__stdin__.closed:
        return False
    watched = poll()
    watched.register(sys.__stdin__.fileno(), 0)  # a hang-up is told whatever is asked for
    return any(event & select.POLLHUP for _file, event in watched.poll(0))
