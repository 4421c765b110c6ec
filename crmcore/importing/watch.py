"""Watching a folder: every file that comes into it is imported once, when nobody writes to it any more."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from crmcore.errors import CrmError, FileError, MappingError, PluginFailure, system_reason
from crmcore.i18n import gettext as _
from crmcore.importing.history import ImportRow
from crmcore.importing.run import ImportResult, fingerprint

# What browsers, office programs and copying tools leave beside the file itself.
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".filepart", ".swp", ".lock")
_NAPS = 0.1

# A file's size and the time of its last change, in nanoseconds: as long as they move, somebody writes.
_Look = tuple[int, int]


@dataclass
class Watcher:
    """What has been seen of a folder so far.

    `bring` imports one file, `resume` goes on with an interrupted import; `known` lists the shop's imports.
    A file's content counts, not its name: one that the shop has imported before is left alone.
    """

    folder: Path
    bring: Callable[[Path], list[ImportResult]]
    resume: Callable[[int], ImportResult]
    known: Callable[[], list[ImportRow]]
    on_result: Callable[[ImportResult], None]
    on_error: Callable[[Path, CrmError], None]
    _looks: dict[Path, _Look] = field(default_factory=dict)
    _settled: dict[Path, _Look] = field(default_factory=dict)

    def look(self) -> None:
        """One look: files that have not changed since the last one are imported, the oldest first."""
        looks = self._present()
        ready = [
            path for path, seen in looks.items() if self._looks.get(path) == seen != self._settled.get(path)
        ]
        self._looks = looks
        for path in sorted(ready, key=lambda one: (looks[one][1], one.name)):
            self._take(path)
            self._settled[path] = looks[path]

    def _present(self) -> dict[Path, _Look]:
        try:
            found = list(self.folder.iterdir())
        except OSError as error:
            raise FileError(
                _("the folder {folder} cannot be read: {reason}").format(
                    folder=self.folder, reason=system_reason(error)
                )
            ) from error
        looks = {}
        for path in found:
            if path.name.startswith((".", "~", "$")) or path.suffix.lower() in _UNFINISHED:
                continue
            try:
                state = path.stat()
            except OSError:  # gone between two looks
                continue
            if path.is_file() and state.st_size > 0:
                looks[path] = (state.st_size, state.st_mtime_ns)
        return looks

    def _take(self, path: Path) -> None:
        """Import a file, or go on with its import; a file that cannot be used is told once."""
        try:
            before = self._before(fingerprint(path)["sha256"])
            if before is None:
                for result in self.bring(path):
                    self.on_result(result)
            elif before.state in ("interrupted", "failed") and len(before.files) == 1:
                self.on_result(self.resume(before.id))
        except (FileError, MappingError, PluginFailure) as error:
            self.on_error(path, error)

    def _before(self, sha256: str) -> ImportRow | None:
        """The latest import of a file with this content."""
        for row in self.known():
            if any(one["sha256"] == sha256 for one in row.files):
                return row
        return None


def watch(watcher: Watcher, every: float, stop: Callable[[], bool]) -> None:
    """Look at the folder every so many seconds until `stop` says so.

    Raises `FileError` when the folder cannot be read, and what is no single file's fault (a full disk).
    """
    while not stop():
        watcher.look()
        wake = time.monotonic() + every
        while time.monotonic() < wake and not stop():
            time.sleep(min(_NAPS, every))
