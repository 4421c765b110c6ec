"""What an import would do: every chunk is applied and taken back."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import chain

from crmcore.i18n import gettext as _
from crmcore.importing.apply.chunk import Job, apply_chunk, new_orders
from crmcore.importing.counts import Counts
from crmcore.importing.run import BREATH, ImportResult, Plan, Progress, result_of
from crmcore.store.database import Database, Write


@dataclass
class WouldBeThere:
    """The orders that the files before would have brought, by then: a number of eight bytes stands for each.

    An order list and its item list are planned one after the other, and nothing of the first is there when
    the second comes: without this its rows would be told as new, which the import calls changed.
    """

    _known: array[int] = field(default_factory=lambda: array("q"))
    _more: array[int] = field(default_factory=lambda: array("q"))
    _asked: bool = False

    def begin(self, plan: Plan) -> None:
        """Be ready for a file; only one that joins others asks what was there before it."""
        self._asked = plan.staged.shape.importer.join is not None
        if self._asked:
            self._known = array("q", sorted(chain(self._known, self._more)))
            self._more = array("q")

    def count(self, write: Write, plan: Plan, counts: Counts) -> None:
        """Look through the new orders of a chunk: those of a file before are changed, others are kept."""
        for number, rows in new_orders(write, plan.staged.shape):
            key = hash((plan.source, number))
            if self._asked and self._knows(key):
                counts.new -= rows
                counts.changed += rows
                counts.orders_new -= 1
                counts.orders_changed += 1
                counts.orders_met += 1
            else:
                self._more.append(key)

    def _knows(self, key: int) -> bool:
        place = bisect_left(self._known, key)
        return place < len(self._known) and self._known[place] == key


def try_out(bench: Database, plan: Plan, progress: Progress, before: WouldBeThere) -> ImportResult:
    """Apply every chunk and take it back: what the import would do after the files `before`."""
    started = time.monotonic()
    counts = plan.first_counts()
    before.begin(plan)
    for chunk in plan.staged.chunks:
        progress(chunk.number, len(plan.staged.chunks), _("planning"))
        try:
            with bench.write(plan.why, actor=plan.actor, kind="import") as write:
                done, _twins = apply_chunk(write, Job(plan.staged.shape, plan.source), chunk)
                before.count(write, plan, done)
                counts.add(done)
                raise _TakeBack
        except _TakeBack:
            time.sleep(BREATH)
    return result_of(plan, counts, None, started, dry_run=True)


class _TakeBack(Exception):  # noqa: N818 - not an error: the way out of a transaction that is not to be kept
    """Ends a dry run's transaction."""
