"""Python facts: worked out beside the writes, in batches, by a worker process.

A write marks the customers it touched as stale (`Facts.refresh`); `PythonFacts.work` makes their values anew.
A fact that is new, or whose code or settings changed, is filled in for everybody, from the smallest id on;
that goes on where it stopped, whoever stopped it. No plugin code runs while a write is open: values are
worked out from a state of the shop and are stored only for customers whom nobody touched since.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from crmcore.errors import PluginFailure
from crmcore.hooks.facts import Fact
from crmcore.hooks.frames import Broken
from crmcore.hooks.norms import NormTable
from crmcore.records.clock import Clock, instant
from crmcore.records.history import History
from crmcore.records.money import to_minor
from crmcore.rules.fields import FieldType
from crmcore.store import schema
from crmcore.store.events import streams
from crmcore.store.facts import Facts
from crmcore.store.histories import load_histories
from crmcore.store.python_fact_store import DONE, Batch, queue_more, store
from crmcore.store.sql_bits import encode_list

BATCH = 500


class Compute(Protocol):
    """Works a fact out for each history, in a process that can be killed: `Worker.facts`.

    Returns a value of the fact's type, None or `Broken` for each; raises `PluginFailure` when the plugin
    cannot be used at all.
    """

    def __call__(
        self,
        plugin: str,
        fact: str,
        histories: Sequence[History],
        *,
        settings: Mapping[str, object] | None,
        norms: Mapping[str, NormTable] | None = None,
    ) -> list[Any]:
        """Work it out."""


class ComputeTogether(Protocol):
    """Works several facts of a plugin out for each history: `Worker.facts_together`.

    `asked` are names with settings and norms; the answer holds the values of each by name. Raises
    `PluginFailure` where anything kills or hangs: then each fact is worked out alone, to learn which it was.
    """

    def __call__(
        self,
        plugin: str,
        asked: Sequence[tuple[str, Mapping[str, object], Mapping[str, NormTable]]],
        histories: Sequence[History],
    ) -> dict[str, list[Any]]:
        """Work them out."""


# The norms that something of a plugin names, as they were in force on a day (None: now).
NormsOf = Callable[[str, Sequence[str], date | None], Mapping[str, NormTable]]


@dataclass(frozen=True)
class Fill:
    """How far one Python fact is: worked out for `done` of `total` customers.

    `failed`: how often it failed since it was last filled in from the start; these have no such fact.
    `refreshed_at` (UTC seconds): when values were last stored.
    """

    name: str
    plugin: str
    done: int
    total: int
    failed: int
    refreshed_at: int | None

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100; 100 only when all is."""
        return 100 if self.done >= self.total else self.done * 100 // self.total


@dataclass
class WorkReport:
    """What `PythonFacts.work` did: values worked out, those without result, plugins not to be used."""

    values: int = 0
    broken: int = 0
    failures: list[PluginFailure] = field(default_factory=list)


class PythonFacts:
    """The Python facts of one shop; `facts` names them. Does nothing where no plugin has any.

    `norms` finds the tables that facts read; without it they are empty.
    """

    def __init__(self, facts: Facts, norms: NormsOf | None = None) -> None:
        self.facts = facts
        self.database = facts.database
        self._norms = norms

    # --- what there is -----------------------------------------------------------------------------------

    @cached_property
    def signatures(self) -> dict[str, str]:
        """For each fact what changes when its code (the file it stands in), settings or type do."""
        return {fact.name: self._signature(fact) for _plugin, fact in self.facts.python_facts}

    def _signature(self, fact: Fact) -> str:
        file = Path(fact.function.__code__.co_filename)
        code = file.read_bytes() if file.is_file() else fact.function.__code__.co_code
        rest = repr((sorted(fact.settings.items()), fact.type, self.facts.currency, self.facts.zone))
        return hashlib.sha256(code + rest.encode()).hexdigest()

    def install(self) -> bool:
        """Note facts that are new, changed or gone; the new and changed ones are filled in by `work`.

        To be called once after the shop was opened; returns whether anything changed. In a shop without
        customers nothing is to be filled in: whoever comes is stale.
        """
        table = schema.plugin_facts
        with self.database.read() as connection:
            rows = connection.execute(sa.select(table.c.name, table.c.signature)).all()
        known = {str(name): str(signature) for name, signature in rows}
        if known == self.signatures:
            return False
        with self.database.write("python facts", actor="system", kind="facts") as write:
            gone = [name for name, signature in known.items() if self.signatures.get(name) != signature]
            write.connection.execute(sa.delete(table).where(table.c.name.in_(gone)))
            empty = write.connection.scalar(sa.select(schema.customers.c.id).limit(1)) is None
            for plugin, fact in self.facts.python_facts:
                if known.get(fact.name) != self.signatures[fact.name]:
                    row = {"name": fact.name, "plugin": plugin, "type": fact.type}
                    signed = sa.insert(table).values(
                        **row, signature=self.signatures[fact.name], filled_to=DONE if empty else 0
                    )
                    write.connection.execute(signed)
        return True

    def status(self) -> list[Fill]:
        """How far each fact is filled in."""
        table, c = schema.plugin_facts.c, schema.customers.c
        alive = sa.select(sa.func.count()).select_from(schema.customers).where(c.merged_into.is_(None))
        done = alive.where(c.id <= table.filled_to).scalar_subquery()
        wanted = (table.name, table.plugin, done, alive.scalar_subquery(), table.failed, table.refreshed_at)
        with self.database.read() as connection:
            return [Fill(*row) for row in connection.execute(sa.select(*wanted).order_by(table.name))]

    def waiting(self) -> tuple[int, int | None]:
        """How many customers wait to be worked out again, and since when (UTC seconds) the first one does."""
        c = schema.stale.c
        with self.database.read() as connection:
            count, first = connection.execute(sa.select(sa.func.count(), sa.func.min(c.since))).one()
        return int(count), None if first is None else int(first) // 1_000_000

    # --- working -----------------------------------------------------------------------------------------

    def work(
        self,
        compute: Compute,
        *,
        together: ComputeTogether | None = None,
        seconds: float | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> WorkReport:
        """Work out what is stale or not filled in yet, for `seconds` or to the end.

        `together` is the quick way, tried first where a plugin has several facts. `progress` is told after
        each batch how many customers of how many are done. May be stopped at any time and goes on next time;
        several processes may work at once.
        """
        report, idle = WorkReport(), set[str]()
        if not self.facts.python_facts:
            return report
        self.install()
        stop = None if seconds is None else time.monotonic() + seconds
        done, total = 0, self._to_do()
        while stop is None or time.monotonic() < stop:
            batch = self._next(idle)
            if batch is None:
                break
            values = self._values(batch, compute, together, report, idle)
            with self.database.write("python facts", actor="system", kind="facts") as write:
                store(write, batch, values, self.signatures, self.facts.cards)
            done += len(batch.since)
            if progress:
                progress(done, max(done, total))
        return report

    def as_of(
        self, connection: sa.Connection, clock: Clock, ids: Sequence[int], compute: Compute
    ) -> dict[int, dict[str, Any]]:
        """The facts of these customers on the clock's day, as a card keeps them; absent ones are missing.

        Raises `PluginFailure` when a plugin cannot be used.
        """
        histories = self._histories(connection, ids, clock)
        found: dict[int, dict[str, Any]] = {history.customer_id: {} for history in histories}
        for plugin, fact in self.facts.python_facts:
            values = self._computed(compute, plugin, fact, histories, clock.as_of)
            for history, value in zip(histories, values, strict=True):
                kept = self._kept(fact, value)
                if kept is not None and not isinstance(kept, Broken):
                    found[history.customer_id][fact.name] = kept
        return found

    def newest(self, count: int) -> list[History]:
        """The histories of the newest customers, to try something on."""
        c = schema.customers.c
        newest = sa.select(c.id).where(c.merged_into.is_(None)).order_by(c.id.desc()).limit(count)
        with self.database.read() as connection:
            ids = [int(one) for one in connection.scalars(newest)]
            return self._histories(connection, ids, Clock.at_present(self.facts.zone))

    def _to_do(self) -> int:
        return self.waiting()[0] + max((fill.total - fill.done for fill in self.status()), default=0)

    def _histories(self, connection: sa.Connection, ids: Sequence[int], clock: Clock) -> list[History]:
        until = clock.until if clock.as_of else None
        kinds = self.facts.folder.kinds
        return load_histories(connection, ids, streams(until, kinds=kinds), clock, self.facts.currency)

    def _next(self, idle: set[str]) -> Batch | None:
        """Those who have waited longest; where nobody waits, the next of those whom a new fact is due for."""
        c = schema.stale.c
        oldest = sa.select(c.customer_id, c.since).order_by(c.since, c.customer_id).limit(BATCH)
        while True:
            with self.database.read() as connection:
                if since := {int(i): int(at) for i, at in connection.execute(oldest)}:
                    clock = Clock.at_present(self.facts.zone)
                    return Batch(since, self._histories(connection, sorted(since), clock))
            if not self._behind(idle):
                return None
            with self.database.write("python facts", actor="system", kind="facts") as write:
                if not queue_more(write, idle, BATCH):
                    return None

    def _behind(self, idle: set[str]) -> bool:
        c = schema.plugin_facts.c
        behind = sa.select(c.name).where(c.filled_to < DONE)
        with self.database.read() as connection:
            return bool(set(connection.scalars(behind)) - idle)

    def _values(
        self,
        batch: Batch,
        compute: Compute,
        together: ComputeTogether | None,
        report: WorkReport,
        idle: set[str],
    ) -> dict[str, list[Any]]:
        """Each fact's values as a card keeps them, `Broken` among them; none for unusable plugins."""
        found: dict[str, list[Any]] = {}
        quick = self._together(together, batch, idle) if together and batch.histories else {}
        for plugin, fact in self.facts.python_facts:
            if fact.name in idle:
                continue
            if not batch.histories:
                found[fact.name] = []
                continue
            try:
                values = quick.get(fact.name) or self._computed(compute, plugin, fact, batch.histories, None)
            except PluginFailure as failure:
                report.failures.append(failure)
                idle.add(fact.name)
                continue
            found[fact.name] = [self._kept(fact, value) for value in values]
            report.values += len(values)
            report.broken += sum(isinstance(value, Broken) for value in found[fact.name])
        return found

    def _together(self, together: ComputeTogether, batch: Batch, idle: set[str]) -> dict[str, list[Any]]:
        """What the plugins with several facts say; nothing for those where that went wrong."""
        found: dict[str, list[Any]] = {}
        for plugin in dict.fromkeys(plugin for plugin, _fact in self.facts.python_facts):
            facts = [
                one for owner, one in self.facts.python_facts if owner == plugin and one.name not in idle
            ]
            if len(facts) > 1:
                # The same tables for all: read once, and sent once.
                tables = self._tables(plugin, {name for one in facts for name in one.norms}, None)
                asked = [
                    (one.name, one.settings, {name: tables[name] for name in one.norms if name in tables})
                    for one in facts
                ]
                with contextlib.suppress(PluginFailure):  # each alone then, and it is told
                    found |= together(plugin, asked, batch.histories)
        return found

    def _tables(self, plugin: str, names: Collection[str], day: date | None) -> Mapping[str, NormTable]:
        # Read for each batch: another process may have worked them out anew meanwhile.
        return self._norms(plugin, sorted(names), day) if names and self._norms is not None else {}

    def _computed(
        self, compute: Compute, plugin: str, fact: Fact, histories: Sequence[History], day: date | None
    ) -> list[Any]:
        if not fact.norms:
            return compute(plugin, fact.name, histories, settings=fact.settings)
        norms = self._tables(plugin, fact.norms, day)
        return compute(plugin, fact.name, histories, settings=fact.settings, norms=norms)

    def _kept(self, fact: Fact, value: Any) -> Any:
        """The value as a card keeps it, None when absent."""
        if value is None or isinstance(value, Broken):
            return value
        match fact.type:
            case FieldType.DATE:
                return value.isoformat() if isinstance(value, date) else Broken("no date")
            case FieldType.INSTANT:
                return instant(value) if isinstance(value, datetime) else Broken("no datetime")
            case FieldType.MONEY:
                return to_minor(value, self.facts.currency)
            case FieldType.LIST:
                return encode_list(value)
            case _:
                return value
