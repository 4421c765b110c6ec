"""One import from staged records to the shop: planned, begun, carried on, finished."""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

from crmcore.errors import CrmError, FileError, system_reason
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, sentences
from crmcore.importing import history
from crmcore.importing.apply.absorb import absorb, unmerged_twins
from crmcore.importing.apply.cards_ahead import CardsAhead
from crmcore.importing.apply.chunk import Alone, Job, apply_chunk, next_chunk
from crmcore.importing.apply.made_ahead import MadeAhead
from crmcore.importing.counts import Counts
from crmcore.importing.prepare import Staged
from crmcore.importing.reject import Reject
from crmcore.store.database import Database

# Told how far the work is: done and total (0: not known yet), and what is being done.
Progress = Callable[[int, int, str], None]
# How long an import lets go of the write lock between two transactions: others look every few milliseconds.
BREATH = 0.005
# Chunks share a transaction as long as it is expected to take no longer than this, in seconds: others wait
# for it, and each transaction has costs of its own (the log, the search index's segments).
HELD = 0.2
_LEAST = 1e-6  # seconds that a chunk takes
# From so many new customers in a chunk on, the search entries and cards of the next ones are made ahead.
_MANY_NEW = 20
_SHOWN_REJECTS = 20
_REJECTS_AT_ONCE = 5_000


@dataclass
class ImportResult:
    """What one import did, or would do (`dry_run`).

    `rejects` are the first of the rows set aside; `warnings` are sentences for people.
    """

    importer: str
    files: list[Path]
    counts: Counts
    id: int | None = None
    seconds: float = 0.0
    dry_run: bool = False
    warnings: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The result as `crm import --json` prints it."""
        return {
            "id": self.id,
            "importer": self.importer,
            "files": [str(one) for one in self.files],
            **self.counts.as_json(),
            "seconds": round(self.seconds, 3),
            "dry_run": self.dry_run,
            "warnings": self.warnings,
        }


@dataclass(frozen=True)
class Plan:
    """What is to be applied: staged records, for the files of one importer, on behalf of somebody."""

    staged: Staged
    importer: str
    source: str
    files: list[Path]
    options: dict[str, Any]
    actor: str
    # The SQLite file of the staged records; None where they are in the database's own temporary tables.
    stage_file: Path | None = None
    # How cards of new customers are made ahead; None where they are not.
    cards: CardsAhead | None = None

    @property
    def why(self) -> str:
        """The reason that stands in the changes."""
        return _("import {files}").format(files=joined(one.name for one in self.files))

    def first_counts(self) -> Counts:
        """The rows that are settled before anything is applied."""
        return Counts(read=self.staged.read, same=self.staged.again, rejected=self.staged.rejected)


def begin(bench: Database, plan: Plan) -> tuple[int, int]:
    """Make the import's rows; returns its id and the id of its change."""
    files = [fingerprint(one) for one in plan.files]
    with bench.write(plan.why, actor=plan.actor, kind="import") as write:
        import_id = history.begin(
            write, plan.importer, plan.source, files, plan.options, len(plan.staged.chunks)
        )
        history.advance(write, import_id, counts=plan.first_counts())
        return import_id, write.change_id


def carry_on(bench: Database, plan: Plan, row: history.ImportRow, progress: Progress) -> ImportResult:
    """Apply the chunks that are not in the shop yet. Each commit is a valid shop.

    Whatever stops it leaves an import that can be resumed or undone.
    """
    started = time.monotonic()
    with _noting_a_stop(bench, plan, row), _nothing_old_to_search():
        _keep_rejects(bench, plan, row)
        counts = _apply(bench, plan, row, progress)
        with bench.write(plan.why, actor=plan.actor, kind="import", change_id=row.change_id) as write:
            history.advance(write, row.id, state="done", finished_at=int(time.time()), message=None)
    progress(len(plan.staged.chunks), len(plan.staged.chunks), _("importing"))
    return result_of(plan, counts, row.id, started)


def _keep_rejects(bench: Database, plan: Plan, row: history.ImportRow) -> None:
    """Keep the rows set aside, some at a time; those that an interrupted import has kept already stay."""
    with bench.read() as connection:
        kept = history.count_rejects(connection, row.id)
    rest = islice(plan.staged.rejects, kept, None)
    while some := list(islice(rest, _REJECTS_AT_ONCE)):
        with bench.write(plan.why, actor=plan.actor, kind="import", change_id=row.change_id) as write:
            history.keep_rejects(write, row.id, some)
        time.sleep(BREATH)


def _apply(bench: Database, plan: Plan, row: history.ImportRow, progress: Progress) -> Counts:
    counts, chunks = row.counts, plan.staged.chunks
    if row.chunks_done:
        with bench.read() as connection:
            twins = unmerged_twins(connection, row.change_id)
        absorb(bench, twins, plan.actor)
    done, pace, alone = row.chunks_done, _Pace(), Alone()
    with MadeAhead(plan.stage_file, chunks, plan.cards) as ahead:
        while done < len(chunks):
            progress(done, len(chunks), _("importing"))
            ahead.wait(done, pace.room)
            before, new, twins = done, 0, []
            total = replace(counts)
            with bench.write(plan.why, actor=plan.actor, kind="import", change_id=row.change_id) as write:
                pace.begin()
                job = Job(plan.staged.shape, plan.source, ahead, alone.now(write))
                # Masked twins are merged before anybody else is looked up.
                while pace.has_room() and done < len(chunks) and not twins:
                    chunk = next_chunk(chunks, done, pace.room, job)
                    did, twins = apply_chunk(write, job, chunk)
                    total.add(did)
                    new = did.customers_new
                    done += chunk.count
                    pace.taken += chunk.count
                history.step(write, row.id, before, done, total)
            pace.end()
            counts = total
            absorb(bench, twins, plan.actor)
            if new > _MANY_NEW:
                ahead.ask_ahead(done)
            time.sleep(BREATH)
    return counts


@contextmanager
def _nothing_old_to_search() -> Iterator[None]:
    """While chunks come and go, look for cycles in what they made, not in all that was there before."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class _Pace:
    """How many chunks go into one transaction, by what those of the last one took."""

    def __init__(self) -> None:
        self.taken = 0
        self._seconds = HELD  # of one chunk, its share of cards, search and commit included
        self._started = 0.0

    def begin(self) -> None:
        """A transaction has its lock."""
        self.taken, self._started = 0, time.monotonic()

    def end(self) -> None:
        """It has been committed."""
        self._seconds = (time.monotonic() - self._started) / self.taken
        self.taken = 0

    def has_room(self) -> bool:
        """Whether it may take one chunk more; there is always room for the first."""
        return self.taken == 0 or (self.taken + 1) * self._seconds < HELD

    @property
    def room(self) -> int:
        """How many chunks more it may take, one at least."""
        return max(1, ceil(HELD / max(self._seconds, _LEAST)) - 1 - self.taken)


@contextmanager
def _noting_a_stop(bench: Database, plan: Plan, row: history.ImportRow) -> Iterator[None]:
    """Whatever ends the block before its end is kept with the import, which can then be resumed."""
    message = _("stopped by an error of the program")
    ended = False
    try:
        yield
        ended = True
    except KeyboardInterrupt:
        message = _("stopped by hand")
        raise
    except CrmError as error:
        message = str(error)
        raise
    finally:
        if not ended:
            _stopped(bench, plan, row, message)


def _stopped(bench: Database, plan: Plan, row: history.ImportRow, message: str) -> None:
    try:
        with bench.write(plan.why, actor=plan.actor, kind="import", change_id=row.change_id) as write:
            history.interrupt(write, row.id, message)
    except CrmError:
        return  # the disk is full or the database gone: the import is found interrupted all the same


def result_of(
    plan: Plan, counts: Counts, import_id: int | None, started: float, *, dry_run: bool = False
) -> ImportResult:
    """What is told of an import, done or tried out since `started` (of the monotonic clock)."""
    return ImportResult(
        importer=plan.importer,
        files=plan.files,
        counts=counts,
        id=import_id,
        seconds=time.monotonic() - started,
        dry_run=dry_run,
        warnings=[*plan.staged.warnings, *_another_shop(plan, counts, dry_run=dry_run)],
        rejects=plan.staged.rejects.first(_SHOWN_REJECTS),
    )


def _another_shop(plan: Plan, counts: Counts, *, dry_run: bool) -> list[str]:
    """That the file looks like another shop's, whose orders have the numbers of this one's."""
    if not counts.looks_like_another_shop:
        return []
    what = _(
        "{count} of the {met} order numbers that are known already belong to orders of another buyer, day or "
        "total: this looks like another shop's file."
    ).format(count=f"{counts.orders_unlike:,}", met=f"{counts.orders_met:,}")
    source = f"{plan.source.partition(':')[0]}:NAME"
    way = (
        _("Give it a source of its own ({source}: --source, or s in the plan), or it changes those orders.")
        if dry_run
        else _("It has changed those orders: take it back and give it a source of its own ({source}).")
    )
    return [sentences(what, way.format(source=source))]


def fingerprint(path: Path) -> dict[str, Any]:
    """What tells whether a file is still the same: its path, size and SHA-256."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"path": str(path.resolve()), "size": path.stat().st_size, "sha256": digest}
    except OSError as error:
        raise FileError(
            _("{file} cannot be read any more: {reason}").format(file=path, reason=system_reason(error))
        ) from error
