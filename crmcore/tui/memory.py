"""Memory that nothing uses goes back to the system.

SQLite sorts and counts a million rows in memory and frees that again, but malloc keeps the pages for later:
one arena for each thread, so they add up. On the shop of a million 207 of 304 MB were such pages; handing
them back takes some milliseconds. Only the C library of most Linux systems (glibc) has a call for that;
elsewhere nothing is done.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

# Seconds from one look to the next.
OFTEN = 1.0
_STATM = Path("/proc/self/statm")
_STEP = 8 << 20  # bytes; less is not worth a call


class Leftovers:
    """Watches how much memory of its own the process has, and hands back what malloc keeps of it."""

    def __init__(self) -> None:
        self._least = own()

    def worth_it(self) -> bool:
        """Whether it has grown since it was least: cheap enough to be asked every second."""
        now = own()
        self._least = min(self._least, now)
        return now - self._least > _STEP

    def hand_back(self) -> None:
        """Hand back what is not used; called in a thread. What is in use counts as the least from then on."""
        import ctypes  # not before the first card

        with suppress(AttributeError):  # another C library has none
            ctypes.CDLL(None).malloc_trim(0)
        self._least = own()


def own() -> int:
    """Bytes of memory of the process's own, without pages of files that it maps; 0 where not known."""
    try:
        resident, shared = _STATM.read_text().split()[1:3]
    except OSError:
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
