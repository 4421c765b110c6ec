"""Memory that nothing uses goes back to the system.

SQLite sorts and counts a million rows in memory and frees that again, but malloc keeps the pages for later:
one arena for each thread, so they add up. On the shop of a million 207 of 304 MB were such pages; handing
them back takes some milliseconds. Only the C library of most Linux systems (glibc) has a call for that;
elsewhere nothing is done.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

# Seconds from one look to the next.
OFTEN = 1.0
_STATM = Path("/proc/self/statm")
_STEP = 8 << 20  # bytes; less is not worth a call
# M_ARENA_MAX: one arena for the first thread and one for all others, which take what one of them has freed.
# Those that are there by now stay: two or three.
# M_MMAP_THRESHOLD: from so many bytes on a block has pages of its own, which go back when it is freed;
# M_TRIM_THRESHOLD: so many may lie free at the end of an arena, where `malloc_trim` does not reach. By itself
# glibc raises both with each big block that is freed, to 8 and 16 MB after the ids of a million.
_BOUNDS = ((-8, 2), (-3, 256 << 10), (-1, 1 << 20))


class Leftovers:
    """Watches how much memory of its own the process has, and hands back what malloc keeps of it.

    What malloc has given out is left out of the sum. Were it not, what is in use while something is handed
    back would count as the least that there can be, and stay with malloc once it is freed.
    """

    def __init__(self) -> None:
        with suppress(AttributeError):  # another C library has none
            for what, size in _BOUNDS:
                _library().mallopt(what, size)
        let_go_of_closed_screens()
        self._least = own() - given_out()

    def worth_it(self) -> bool:
        """Whether it has grown since it was least: cheap enough to be asked every second."""
        now = own() - given_out()
        self._least = min(self._least, now)
        return now - self._least > _STEP

    def hand_back(self) -> None:
        """Hand back what is not used; called in a thread. What is left counts as the least from then on."""
        before = given_out()
        with suppress(AttributeError):
            _library().malloc_trim(0)
        # What another thread has freed meanwhile is still with malloc: worth another call.
        self._least = own() - max(before, given_out())


def let_go_of_closed_screens() -> None:
    """Have Textual keep two colours, not each of its `StylesCache` with them.

    Its cache of those colours is one of a method, so it holds the last 1,024 it was asked by: all lines that
    closed screens have painted, up to 30 MB. Each widget's is private, but there is no other door. Where
    Textual keeps the colours some other way, this does nothing.
    """
    try:
        from textual._styles_cache import StylesCache
    except ImportError:
        return
    cached: Any = vars(StylesCache).get("get_inner_outer")
    if hasattr(cached, "cache_info"):
        once = lru_cache(maxsize=1024)(cached.__wrapped__)
        StylesCache.get_inner_outer = classmethod(once)  # type: ignore[assignment,arg-type]


def given_out() -> int:
    """Bytes that malloc has given out; 0 where it does not say: glibc before 2.33, another C library."""
    try:
        info = _library().mallinfo2()
    except AttributeError:
        return 0
    return int(info.in_arenas) + int(info.in_pages)


@cache
def _library() -> Any:
    import ctypes  # not before the first card

    class Info(ctypes.Structure):  # `struct mallinfo2` of malloc.h: ten numbers, two of them of use here
        _fields_ = (
            ("first", ctypes.c_size_t * 4),
            ("in_pages", ctypes.c_size_t),
            ("then", ctypes.c_size_t * 2),
            ("in_arenas", ctypes.c_size_t),
            ("last", ctypes.c_size_t * 2),
        )

    if os.name != "posix":  # Windows has no name for what the program itself has loaded: nothing is asked
        return None
    library = ctypes.CDLL(None)
    with suppress(AttributeError):
        library.mallinfo2.restype = Info
    return library


def own() -> int:
    """Bytes of memory of the process's own, without pages of files that it maps; 0 where not known."""
    try:
        resident, shared = _STATM.read_text().split()[1:3]
    except OSError:
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
