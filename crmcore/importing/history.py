"""The imports of a shop: what was imported when, how far it got, what was set aside."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from crmcore.children import is_running, this_process
from crmcore.errors import CrmError, NotFoundError
from crmcore.i18n import gettext as _
from crmcore.importing.counts import Counts
from crmcore.importing.reject import Reject
from crmcore.store.database import Write
from crmcore.store.schema import changes, import_rejects, imports

# An import that has not been heard of for this long is taken as dead, in seconds: a chunk takes less than
# one, a wait for the others a minute at most.
_SILENCE = 300
_REJECTS_AT_ONCE = 500


@dataclass(frozen=True)
class ImportRow:
    """One import. `state` is running, interrupted, done, failed or undone; instants are UTC seconds.

    `options` is what it takes to do the same again; `progress` goes from 0 to 1.
    """

    id: int
    change_id: int
    importer: str
    source: str
    files: list[dict[str, Any]]
    options: dict[str, Any]
    state: str
    message: str | None
    counts: Counts
    chunks: int
    chunks_done: int
    started_at: int
    finished_at: int | None
    actor: str

    @property
    def progress(self) -> float:
        """How much of it is in the shop."""
        return 1.0 if self.state == "done" else self.chunks_done / max(self.chunks, 1)

    def as_json(self) -> dict[str, Any]:
        """The import as `crm imports` prints it."""
        return {
            "id": self.id,
            "importer": self.importer,
            "source": self.source,
            "files": [one["path"] for one in self.files],
            "state": self.state,
            "message": self.message,
            **self.counts.as_json(),
            "progress": round(self.progress, 4),
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "actor": self.actor,
        }


def is_alive(process: str, heartbeat_at: int) -> bool:
    """Whether the process that ran an import still does, as far as anybody can tell."""
    return time.time() - heartbeat_at < _SILENCE and is_running(process)


def begin(
    write: Write,
    importer: str,
    source: str,
    files: Sequence[dict[str, Any]],
    options: dict[str, Any],
    chunks: int,
) -> int:
    """Note that an import begins; returns its id."""
    now = int(time.time())
    result = write.connection.execute(
        sa.insert(imports).values(
            change_id=write.change_id,
            importer=importer,
            source=source,
            files=json.dumps(list(files), ensure_ascii=False),
            options=json.dumps(options, ensure_ascii=False),
            state="running",
            chunks=chunks,
            started_at=now,
            heartbeat_at=now,
            process=this_process(),
        )
    )
    return int(result.inserted_primary_key[0])  # type: ignore[index]


def advance(write: Write, import_id: int, **values: Any) -> None:
    """Note how far an import has got, in the transaction that got it there."""
    counts = values.pop("counts", None)
    if counts is not None:
        values["counts"] = json.dumps(counts.as_json())
    write.connection.execute(
        sa.update(imports).where(imports.c.id == import_id).values(heartbeat_at=int(time.time()), **values)
    )


def claim(write: Write, row: ImportRow) -> None:
    """Take over an import that stopped; raises `CrmError` when somebody carries it on or takes it back."""
    found = find_import(write.connection, row.id)
    if found.state == "running" or found.chunks_done != row.chunks_done:
        raise CrmError(_("another program carries on import {id} already").format(id=row.id))
    undone = sa.select(changes.c.id).where(changes.c.undoes == row.change_id)
    if write.connection.scalar(undone) is not None:
        text = _("import {id} was being undone: finish that with `crm imports undo {id}`")
        raise CrmError(text.format(id=row.id))
    advance(write, row.id, state="running", process=this_process())


def step(write: Write, import_id: int, before: int, done: int, counts: Counts) -> None:
    """Note that `done` chunks are in the shop where `before` were.

    Raises `CrmError` when another program has brought some in meanwhile.
    """
    mine = sa.and_(imports.c.id == import_id, imports.c.chunks_done == before, imports.c.state == "running")
    values = {
        "counts": json.dumps(counts.as_json()),
        "chunks_done": done,
        "heartbeat_at": int(time.time()),
    }
    if write.connection.execute(sa.update(imports).where(mine).values(**values)).rowcount != 1:
        raise CrmError(_("another program carries on import {id} already").format(id=import_id))


def interrupt(write: Write, import_id: int, message: str) -> None:
    """Note that an import of this process stopped before its end, and why."""
    mine = sa.and_(imports.c.id == import_id, imports.c.process == this_process())
    write.connection.execute(sa.update(imports).where(mine).values(state="interrupted", message=message))


def keep_rejects(write: Write, import_id: int, rejects: Sequence[Reject]) -> None:
    """Keep the rows that were set aside."""
    rows = [
        {
            "import_id": import_id,
            "file": one.file.name,
            "sheet": one.sheet,
            "line": one.line,
            "reason": one.reason,
            "row": json.dumps(one.row, ensure_ascii=False),
        }
        for one in rejects
    ]
    write.connection.execute(sa.insert(import_rejects), rows)


def count_rejects(connection: sa.Connection, import_id: int) -> int:
    """How many rows set aside are kept of an import."""
    query = (
        sa.select(sa.func.count()).select_from(import_rejects).where(import_rejects.c.import_id == import_id)
    )
    return int(connection.scalar(query) or 0)


def rejects_of(connection: sa.Connection, import_id: int) -> Iterator[Reject]:
    """The rows an import set aside, in the order of the files; never more than some of them are held."""
    query = (
        sa.select(import_rejects).where(import_rejects.c.import_id == import_id).order_by(import_rejects.c.id)
    )
    for row in connection.execute(query.execution_options(yield_per=_REJECTS_AT_ONCE)):
        yield Reject(Path(row.file), row.sheet, row.line, row.reason, json.loads(row.row))


def list_imports(connection: sa.Connection) -> list[ImportRow]:
    """Every import, the newest first."""
    found = connection.execute(_select().order_by(imports.c.id.desc()))
    return [_row(row) for row in found]


def find_import(connection: sa.Connection, import_id: int) -> ImportRow:
    """One import; raises `NotFoundError`."""
    row = connection.execute(_select().where(imports.c.id == import_id)).first()
    if row is None:
        raise NotFoundError(_("there is no import {id}: `crm imports list` shows them").format(id=import_id))
    return _row(row)


def _select() -> sa.Select[Any]:
    return sa.select(imports, changes.c.actor).join(changes, changes.c.id == imports.c.change_id)


def _row(row: Any) -> ImportRow:
    state = row.state
    if state == "running" and not is_alive(row.process, row.heartbeat_at):
        state = "interrupted"
    return ImportRow(
        row.id, row.change_id, row.importer, row.source, json.loads(row.files), json.loads(row.options),
        state, row.message, Counts.from_json(json.loads(row.counts)), row.chunks, row.chunks_done,
        row.started_at, row.finished_at, row.actor,
    )  # fmt: skip
