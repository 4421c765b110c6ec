"""Where a SQLite shop may live: on a disk of this machine, in a file that is a shop's or new."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from crmcore.errors import DatabaseError, system_reason
from crmcore.i18n import gettext as _

# Stands in the header of every shop's file ("CRM1"), so that a foreign database is known before it is opened.
APPLICATION_ID = 0x43524D31

_PATIENCE = 60.0  # seconds that somebody else may be busy with the file
_NETWORK = (
    "nfs",
    "cifs",
    "smb",
    "sshfs",
    "fuse.sshfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "davfs",
    "fuse.rclone",
)


def check_place(path: Path) -> None:
    """Raise `DatabaseError` when a shop cannot live at `path`: the folder, the drive or the file is wrong."""
    if kind := network_drive(path):
        raise DatabaseError(
            _(
                "{path} lies on a network drive ({kind}), where file locks fail and a shop gets damaged: "
                "keep it on a disk of this machine, or use PostgreSQL"
            ).format(path=path, kind=kind)
        )
    path = path.absolute()
    if not path.parent.is_dir():
        raise DatabaseError(
            _("there is no folder {folder}: make a shop with `crm init`").format(folder=path.parent)
        )
    if path.is_dir():
        raise DatabaseError(
            _("{path} is a folder, not a database: name the shop's folder or file").format(path=path)
        )
    _check_header(path)


def network_drive(path: Path, mounts: Path = Path("/proc/mounts")) -> str | None:
    """The kind of network drive that `path` lies on, None for a disk of this machine or where nobody tells.

    `mounts` is the kernel's list of mounts (Linux alone has it); a UNC path is a network drive anywhere.
    """
    text = str(path)
    if text.startswith(("\\\\", "//")) and not text.startswith(("\\\\?\\", "\\\\.\\")):
        return "UNC"
    try:
        table = mounts.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    real = os.path.realpath(path)
    best, kind = "", ""
    for line in table.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        # The kernel writes blanks in a mount point as octal escapes.
        point = fields[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind if kind.startswith(_NETWORK) else None


def _check_header(path: Path) -> None:
    """Raise unless the file is a shop's, new, or empty.

    SQLite itself reads it: whoever opens and closes the file otherwise drops every lock that this process
    holds on it (POSIX locks work that way), and the next process that leaves takes the log of the changes
    along, thinking that it was the last one.
    """
    try:
        if not path.stat().st_size:
            return
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)) as connection:
            found = connection.execute("PRAGMA application_id").fetchone()[0]
    except FileNotFoundError:
        return
    except (OSError, sqlite3.OperationalError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else error
        raise DatabaseError(
            _("{path} cannot be read ({reason}): check its rights").format(path=path, reason=reason)
        ) from error
    except sqlite3.DatabaseError:
        raise DatabaseError(
            _("{path} is not a database: to bring its data into a shop, use `crm import`").format(path=path)
        ) from None
    if found != APPLICATION_ID:
        raise DatabaseError(
            _("{path} is a database of another program, not a shop: nothing was touched").format(path=path)
        )
