"""What is written beside the way: what a killed process left behind is cleared away later.

Their names say whose they are. A folder is taken away only where its process is known to have ended: on this
machine, by its number and beginning. Another host's, and what is no folder of ours, is left alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmcore.children import is_running, this_process
from crmcore.errors import FileError, system_reason
from crmcore.i18n import gettext as _

_DRAFTS = ".crm-draft"
_NAME = re.compile(r"-([0-9a-f]{8})-(\d+)-(\d+)-[^-]*\Z")


def folder(prefix: str, where: Path | None = None) -> tempfile.TemporaryDirectory[str]:
    """A new private folder in `where` (without one: the system's for temporary files).

    `prefix` (`crm-report`) stands before its name.
    """
    return tempfile.TemporaryDirectory(prefix=f"{prefix}-{owner()}-", dir=where, ignore_cleanup_errors=True)


@contextmanager
def draft_of(file: Path) -> Iterator[Path]:
    """A path beside `file` for a file or folder that takes its place at the end, in one step.

    Where something fails, `file` stays as it was. What a killed process began there is cleared away, with all
    that lay beside it. Raises `FileError` where it cannot be written: open in a spreadsheet, no right, no
    room on the disk.
    """
    sweep(_DRAFTS, file.parent)
    try:
        with folder(_DRAFTS, file.parent) as where:
            draft = Path(where) / file.name
            yield draft
            draft.replace(file)
    except PermissionError as error:
        raise FileError(
            _("{file} cannot be written: close it where it is open, or name another file").format(file=file)
        ) from error
    except OSError as error:
        reason = system_reason(error)
        raise FileError(_("{file} cannot be written: {reason}").format(file=file, reason=reason)) from error


def owner() -> str:
    """Who this process is, for the name of a file or folder."""
    _host, pid, began = this_process().rsplit(":", 2)
    return f"{_host_mark()}-{pid}-{began}"


def sweep(prefix: str, where: Path | None = None) -> None:
    """Take away what ended processes left in that folder (without one: the system's for temporary files)."""
    for one in (where or Path(tempfile.gettempdir())).glob(f"{prefix}-*"):
        if not _is_left_behind(one):
            continue
        if one.is_dir():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)


def _is_left_behind(one: Path) -> bool:
    told = _NAME.search(one.name)
    if told is None or told[1] != _host_mark() or one.is_symlink() or not _is_ours(one):
        return False
    return not is_running(f"{socket.gethostname()}:{told[2]}:{told[3]}")


def _is_ours(one: Path) -> bool:
    me = getattr(os, "getuid", None)  # Windows has one folder of temporary files a user
    try:
        return me is None or one.lstat().st_uid == me()
    except OSError:
        return False


def _host_mark() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
