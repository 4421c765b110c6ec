"""Backups: the whole database in one SQLite file, from either kind of shop, and back.

The file is a shop's database like any other: it can be opened, checked and moved.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from crmcore.config import sqlite_url
from crmcore.errors import DatabaseError, FileError
from crmcore.i18n import gettext as _
from crmcore.store.copying import Told, copy_records
from crmcore.store.database import Database
from crmcore.store.migrations import NEWEST, check_version, migrate, version_of
from crmcore.store.place import check_place
from crmcore.temporary import draft_of

# Works out what is derived (cards, search) in a database whose records are all there.
Rebuild = Callable[[Database], None]
# Looks at what is about to be replaced, once nobody else can write to it; raises where that may not be.
Agreed = Callable[[sa.Connection], None]


def backup(database: Database, file: Path, rebuild: Rebuild, told: Told | None = None) -> int:
    """Write one moment of the shop into `file` and return its size in bytes.

    Others go on working meanwhile. The file appears whole or not at all; `rebuild` works out what is derived
    in it, where that is not copied along. Raises `FileError` when there is one of that name already, no
    folder for it, or it cannot be written.
    """
    if file.exists():
        raise FileError(_("{file} exists already: name another file").format(file=file))
    if not file.parent.is_dir():
        raise FileError(_("there is no folder {folder}").format(folder=file.parent))
    with draft_of(file) as draft:
        with database.read() as connection:
            check_version(connection)
            if not database.is_sqlite:
                _into_new_file(connection, draft, rebuild, told)
        if database.is_sqlite:
            copy_file(_path(database), draft, told)
        _make_single(draft)
    return file.stat().st_size


def restore(
    database: Database, file: Path, rebuild: Rebuild, told: Told | None = None, agreed: Agreed | None = None
) -> None:
    """Put what `file` holds in the place of everything the shop holds; `rebuild` works out what is derived.

    Raises `FileError` when the file is none or damaged, `DatabaseError` when it is no shop or a newer one,
    and what `agreed` raises; the shop is then as it was.
    """
    refuse_unusable(file)
    with opened(file) as held, held.read() as connection:
        if not database.is_sqlite:
            check_version(connection)
    if database.is_sqlite:
        _put_in_place(file, database, told, agreed)
        migrate(database)
        return
    with opened(file) as held, held.read() as connection:
        copy_records(connection, database, told, agreed)
    rebuild(database)


def copy_with_mark(file: Path, target: Path, key: str) -> None:
    """Copy a backup into a new file in which `meta` holds, under `key`, the instant of its last act.

    One that holds such an instant already keeps it.
    """
    copy_file(file, target, None)
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.execute(
            "INSERT INTO meta (key, value) SELECT ?, coalesce(max(at), 0) FROM changes WHERE true "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value = ''",
            (key,),
        )
    _make_single(target)


def damage(file: Path) -> str | None:
    """What SQLite finds wrong in the file itself, None when it is whole."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == ("ok",) else str(found[0])


def refuse_unusable(file: Path) -> None:
    """Raise `FileError` when there is no such file or it is damaged, `DatabaseError` when it is no shop."""
    if not file.is_file():
        raise FileError(_("there is no file {file}").format(file=file))
    check_place(file)
    if reason := damage(file):
        raise FileError(
            _("{file} is damaged ({reason}): nothing was changed; try an older backup").format(
                file=file, reason=" ".join(reason.split())
            )
        )
    with opened(file) as held, held.read() as connection:
        if not 0 < version_of(connection) < NEWEST:
            check_version(connection)


def _into_new_file(source: sa.Connection, file: Path, rebuild: Rebuild, told: Told | None) -> None:
    with opened(file) as target:
        copy_records(source, target, told)
        rebuild(target)


def _put_in_place(file: Path, database: Database, told: Told | None, agreed: Agreed | None) -> None:
    """Copy a file that nobody else has over the shop's: the first pages take the lock of writers."""
    asked = False

    def tell(_status: int, remaining: int, total: int) -> None:
        nonlocal asked
        if agreed is not None and not asked:
            asked = True
            with database.read() as connection:
                agreed(connection)
        if told is not None:
            told(total - remaining, total, "shop.db")

    with closing(sqlite3.connect(file)) as source:
        pages = int(source.execute("PRAGMA page_count").fetchone()[0])
    _copy(file, _path(database), tell, max(pages // 10, 1))


def _make_single(file: Path) -> None:
    """Leave one file, without the companions of the write-ahead log: it may lie on read-only disks."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def copy_file(source: Path, target: Path, told: Told | None) -> None:
    """SQLite's own online copy: a target in use changes for its readers in one step."""

    def tell(_status: int, remaining: int, total: int) -> None:
        if told is not None:
            told(total - remaining, total, "shop.db")

    # In one step: a copy in pieces starts again whenever somebody writes.
    _copy(source, target, tell, -1)


def _copy(source: Path, target: Path, tell: Callable[[int, int, int], None], pages: int) -> None:
    try:
        with closing(sqlite3.connect(source)) as origin, closing(sqlite3.connect(target, timeout=60)) as copy:
            origin.backup(copy, pages=pages, progress=tell)
    except sqlite3.OperationalError as error:
        raise DatabaseError(_("the copy failed: {reason}").format(reason=error)) from error


@contextmanager
def opened(file: Path) -> Iterator[Database]:
    """The database in a backup file."""
    database = Database(sqlite_url(file))
    try:
        yield database
    finally:
        database.dispose()


def _path(database: Database) -> Path:
    return Path(str(database.url.database))
