"""Taking a change back: what it updated or deleted is restored, what it made is removed.

A record that somebody touched since stays as it is, and so does a customer on whom records of others hang;
the report names each and says why. Undo is a change itself: what it replaces goes into the journal.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.shown import word
from crmcore.store.changes import Change, find_change
from crmcore.store.database import Database, Write
from crmcore.store.merging import merged_by, split
from crmcore.store.schema import changes
from crmcore.store.undo_held import NeededProducts, needed_products
from crmcore.store.undo_steps import Kept, Progress, Undoing, phases, ranges_of

# What cannot be taken back: an erasure must not be, a split is by merging, what was sent is sent, others have
# nothing to restore.
_FINAL = ("undo", "erase", "migrate", "split", "campaign", "plan")
# A chunk aims at this long a hold of the write lock, in seconds.
_TARGET = 0.12
_SMALLEST, _LARGEST = 50, 5000


@dataclass(frozen=True)
class UndoReport:
    """What an undo did: how many records it restored and removed, and which it kept and why.

    `change_id` is the undo's own change. `kept` holds the first thousand of `kept_count`.
    """

    change_id: int
    restored: int
    removed: int
    kept: tuple[Kept, ...]
    kept_count: int

    def as_json(self) -> dict[str, object]:
        """The report as JSON values."""
        return asdict(self)


def undo(write: Write, change_id: int) -> UndoReport:
    """Take a change back within one transaction; for an import of many rows see `undo_in_chunks`.

    Raises `NotFoundError` for an unknown change, `CrmError` for one that cannot be taken back.
    """
    change = undoable(write.connection, change_id)
    if _running(write.connection, change_id) is not None:
        raise CrmError(_("change {id} is being undone already: let that finish").format(id=change_id))
    progress = _begin(write, change, ranges_of(write.connection, change))
    kept: list[Kept] = []
    if change.kind == "merge":
        return _undo_merge(write, change, progress)
    steps = Undoing(write, change, progress)
    while not steps.step(_LARGEST):
        kept += steps.take_kept()
    kept += steps.take_kept()
    return _finish(write, change, progress, kept)


def undo_in_chunks(
    database: Database,
    change_id: int,
    actor: str,
    progress: Callable[[float], None] | None = None,
) -> UndoReport:
    """Take a change back in many short transactions, each leaving a valid shop; `progress` gets 0.0 … 1.0.

    When it is killed, calling it again goes on where it stopped. Raises as `undo` does.
    """
    with database.read() as connection:
        change = undoable(connection, change_id)
        running = _running(connection, change_id)
        ranges = ranges_of(connection, change) if running is None else {}
    if change.kind == "merge":
        with database.write("undo", actor=actor, kind="undo") as write:
            return undo(write, change_id)
    why = _("undo change {id}: {why}").format(id=change_id, why=change.why)
    kept: list[Kept] = []
    needed: NeededProducts | None = None
    size, done = 500, False
    while not done:
        with database.write(why, actor=actor, kind="undo", change_id=running) as write:
            started = time.monotonic()
            state = _begin(write, change, ranges) if running is None else _load(write)
            running = write.change_id
            steps = Undoing(write, change, state, needed)
            done = steps.step(size, wait_for_products=True)
            kept += steps.take_kept()
            if done:
                return _finish(write, change, state, kept)
            write.refresh()
            _save(write, state)
        spent = time.monotonic() - started
        if needed is None and state.phases[state.phase] == "products":
            with database.read() as connection:  # reads every line: nobody should have to wait for that
                needed = needed_products(connection, state.ranges["products"])
        size = min(_LARGEST, size * 2) if spent < _TARGET / 2 else size
        size = max(_SMALLEST, int(size * _TARGET / spent)) if spent > _TARGET else size
        if progress:
            progress(state.fraction)
    raise AssertionError  # pragma: no cover - the loop ends by returning


def _undo_merge(write: Write, change: Change, state: Progress) -> UndoReport:
    """Split what a change merged; who was merged on, or split, since is left as she is."""
    for gone in merged_by(write.connection, change.id):
        split(write, gone)
        state.restored += 1
    return _finish(write, change, state, [])


def undoable(connection: sa.Connection, change_id: int) -> Change:
    """The change; raises `NotFoundError` for an unknown one, `CrmError` for one that cannot be taken back."""
    change = find_change(connection, change_id)
    if change.state == "undone":
        raise CrmError(_("change {id} has been undone already").format(id=change_id))
    if change.kind in _FINAL:
        raise CrmError(
            _("change {id} ({kind}) cannot be undone: do the opposite by hand").format(
                id=change_id, kind=word(change.kind)
            )
        )
    return change


def _running(connection: sa.Connection, change_id: int) -> int | None:
    """The undo of that change that was begun and not finished."""
    query = sa.select(changes.c.id).where(changes.c.undoes == change_id, changes.c.state == "running")
    found = connection.scalar(query)
    return None if found is None else int(found)


def _begin(write: Write, change: Change, ranges: dict[str, list[int]]) -> Progress:
    state = Progress(ranges=ranges, phases=phases())
    row = sa.update(changes).where(changes.c.id == write.change_id)
    write.connection.execute(row.values(undoes=change.id, state="running"))
    return state


def _load(write: Write) -> Progress:
    text = write.connection.scalar(sa.select(changes.c.progress).where(changes.c.id == write.change_id))
    return Progress(**json.loads(text or "{}"))


def _save(write: Write, state: Progress) -> None:
    row = sa.update(changes).where(changes.c.id == write.change_id)
    write.connection.execute(row.values(progress=json.dumps(asdict(state))))


def _finish(write: Write, change: Change, state: Progress, kept: list[Kept]) -> UndoReport:
    for row_id, values in (
        (write.change_id, {"state": "done", "progress": None}),
        (change.id, {"state": "undone"}),
    ):
        write.connection.execute(sa.update(changes).where(changes.c.id == row_id).values(**values))
    return UndoReport(write.change_id, state.restored, state.removed, tuple(kept[:1000]), len(kept))
