"""The shop's `logs/plugins.log`: one entry a failure, with its traceback, rotated at a megabyte.

It is read too: what went wrong in another process (a fact, a column) is told in `crm plugin list`.
"""

from __future__ import annotations

import logging
import os
import re
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crmcore.errors import PluginFailure

FILE_NAME = "plugins.log"
_LARGEST = 1_000_000
_KEPT = 3
_READ = 200_000  # of its end
_DAYS = 7  # what has not happened again for so long is over
_ENTRY = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ plugin (\S+) failed in ([^:\n]+): (.*)$", re.M)


@dataclass(frozen=True)
class Logged:
    """A failure from the log: `at` is local time of this computer."""

    at: datetime
    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.what}: {self.reason}"


def read_failures(folder: Path | None, plugin: str | None = None) -> list[tuple[str, Logged, str]]:
    """The failures in the end of the log (of one plugin), the newest first: plugin, failure, traceback."""
    text = _end_of_log(folder)
    entries = [*_ENTRY.finditer(text)]
    found = []
    for place, entry in enumerate(entries, 1):
        end = entries[place].start() if place < len(entries) else len(text)
        at, name, what, reason = entry.groups()
        if plugin in (None, name):
            found.append((name, Logged(_moment(at), what, reason), text[entry.end() : end].strip("\n")))
    return found[::-1]


def last_failures(folder: Path | None) -> dict[str, Logged]:
    """The newest failure of each plugin in the last days, from the end of the log; {} where there is none."""
    found = {}
    for at, plugin, what, reason in _ENTRY.findall(_end_of_log(folder)):
        entry = Logged(_moment(at), what, reason)
        if entry.at.timestamp() > time.time() - _DAYS * 86_400:
            found[plugin] = entry
    return found


def _moment(at: str) -> datetime:
    return datetime.strptime(at, "%Y-%m-%d %H:%M:%S")


def _end_of_log(folder: Path | None) -> str:
    if folder is None:
        return ""
    try:
        with (folder / FILE_NAME).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _READ))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def write_failure(folder: Path | None, failure: PluginFailure) -> None:
    """Add the failure to `plugins.log` in that folder; without one, or where that fails, nothing happens.

    The file is opened for this entry alone: failures are rare, and several processes share the shop.
    """
    if folder is None:
        return
    from logging.handlers import RotatingFileHandler

    class Handler(RotatingFileHandler):
        def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
            """Say nothing: a full disk must not turn one plugin's failure into everybody's."""

    text = f"plugin {failure.plugin} failed in {failure.what}: {failure.reason}\n{failure.detail}".rstrip()
    record = logging.LogRecord("crmcore.plugins", logging.WARNING, "", 0, text, None, None)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = Handler(folder / FILE_NAME, maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8")
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    handler.emit(record)
    handler.close()
