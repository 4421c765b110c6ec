"""What went wrong in crm itself: kept in a log, without people's data."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

# What stands between quotation marks, and long numbers, may be a name or a phone.
_VALUES = re.compile(r"\"[^\"]*\"|'[^']*'|\d{5,}")


def keep_trace(error: BaseException, folder: Path) -> Path:
    """Write the traceback into `crm.log` of that folder; returns the file. Raises OSError where it cannot."""
    file = folder / "crm.log"
    folder.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8", errors="backslashreplace") as log:
        log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')}\n{trace_of(error)}\n")
    return file


def trace_of(error: BaseException) -> str:
    """The traceback without what may be a person's: of each message the first line, no values in it."""
    import traceback

    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{trace_of(earlier)}\n" if earlier is not None else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    message = _VALUES.sub("…", str(error).partition("\n")[0])
    return f"{before}{frames}{type(error).__name__}: {message}\n"
