"""The norms of one shop: worked out in the analytics process, kept as documents with their day.

What is in force lies in the table of documents `norms`, one document a norm; what was in force before in
`norms_before`, so that a question asked of a day gone by is answered with what was known on that day. The
figures belong to the shop and are never exchanged: a pack holds none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from crmcore.analytics.reports import ShopLike, source_of
from crmcore.analytics.source import Source
from crmcore.errors import PluginFailure
from crmcore.hooks.frames import Request
from crmcore.hooks.norms import CALENDAR, FACTS_TABLE, Norm, NormTable, settled
from crmcore.rules.where import where
from crmcore.store import schema
from crmcore.store.python_fact_store import work_again

if TYPE_CHECKING:
    from crmcore.calendar.calendar import Calendar
    from crmcore.store.facts import Facts
    from crmcore.store.python_facts import PythonFacts

_JOBS = "crmcore.analytics.norm_job"
IN_FORCE, BEFORE = "norms", "norms_before"
_CORE = "crmcore"  # whose the calendar is, among the plugins' norms
# A shop that grew by so much, and by so many lines at least, is another one.
_GROWN, _AT_LEAST = 1.2, 50
_YEARS_BACK = 10  # what lies further back says little about anybody
_KEPT = 60  # how many of a norm's former states are kept
_QUIET_SECONDS = 60.0
# Where more of the rows moved, looking for their customers costs more than working out everybody.
_MOST_MOVED = 0.3
# More customers are not marked one by one: a write must be short.
_MOST_IDS = 20_000


class ShopWithFacts(ShopLike, Protocol):
    """What norms need of a shop."""

    @property
    def facts(self) -> Facts: ...  # noqa: D102
    @property
    def python_facts(self) -> PythonFacts: ...  # noqa: D102
    @property
    def calendar(self) -> Calendar: ...  # noqa: D102


@dataclass(frozen=True)
class NormState:
    """A norm as it stands: how many rows it has and of which day; `on` None: not worked out yet."""

    plugin: str
    norm: Norm
    on: date | None
    rows: int
    due: bool


class Norms:
    """The norms of one shop. Does nothing where no plugin has any."""

    def __init__(self, shop: ShopWithFacts) -> None:
        self._shop = shop

    def all(self) -> list[NormState]:
        """Every norm, by plugin and name."""
        kept, last = self._in_force(), self._last_line()
        found = []
        for plugin, norm in self._norms():
            document = kept.get((plugin, norm.name))
            on = date.fromisoformat(document["on"]) if document else None
            rows = len(document["rows"]) if document else 0
            found.append(NormState(plugin, norm, on, rows, self._is_due(plugin, norm, document, last)))
        return sorted(found, key=lambda one: (one.plugin, one.norm.name))

    def tables(self, plugin: str, names: Sequence[str], day: date | None = None) -> dict[str, NormTable]:
        """The tables of a plugin's norms as they were in force on that day, None: now.

        For a day before the first of a norm's states it is that first one.
        """
        found = {}
        for name in names:
            if name == CALENDAR:
                found[name] = self._calendar()
                continue
            document = self._document(plugin, name, day)
            if document is not None:
                found[name] = NormTable(document["rows"], date.fromisoformat(document["on"]))
        return found

    def refresh(self, *, force: bool = False, with_facts: bool | None = None) -> list[PluginFailure]:
        """Work out the norms that are due, or all with `force`.

        One that fails keeps its former figures and is tried again tomorrow, or when its code changes.
        `with_facts`: only those that read facts (True), or that do not (False). Customers whose facts follow
        from what moved are marked, to be worked out again.
        """
        failures: list[PluginFailure] = []
        self._follow_calendar()
        for state in self.all():
            reads_facts = FACTS_TABLE in state.norm.needs
            if (force or state.due) and with_facts in (None, reads_facts):
                try:
                    self._work_out(state.plugin, state.norm)
                except PluginFailure as failure:
                    failures.append(failure)
                    self._put_off(state.plugin, state.norm)
        return failures

    # --- inside -------------------------------------------------------------------------------------------

    def _calendar(self) -> NormTable:
        """The shop's calendar as it is now; facts are told its years, not the day of the question."""
        calendar = self._shop.calendar
        rows = {
            one.name: {"zh": one.zh, "en": one.en, "kind": one.kind}
            | {
                str(year): period.main.isoformat()
                for year, period in one.periods.items()
                if -_YEARS_BACK <= year - calendar.today.year <= 1
            }
            for one in calendar.occasions
        }
        return NormTable(rows, calendar.today)

    def _follow_calendar(self) -> None:
        """Have the facts that read the calendar worked out again where it says something else by now."""
        readers = [fact.name for _owner, fact in self._shop.facts.python_facts if CALENDAR in fact.norms]
        if not readers:
            return
        says = json.dumps(dict(self._calendar()), sort_keys=True)
        signature = hashlib.sha256(says.encode()).hexdigest()
        mine = (where("plugin") == _CORE) & (where("name") == CALENDAR)
        kept = self._shop.documents.table(IN_FORCE).get(mine)
        if kept is not None and kept["signature"] == signature:
            return
        with self._shop.database.write("calendar", actor="system", kind="documents") as write:
            document = {"plugin": _CORE, "name": CALENDAR, "signature": signature}
            self._shop.documents.table(IN_FORCE).upsert(document, mine)
            work_again(write, readers, None)

    def _norms(self) -> list[tuple[str, Norm]]:
        return list(self._shop.plugins.norms().values)

    def _in_force(self) -> dict[tuple[str, str], Any]:
        rows = self._shop.documents.table(IN_FORCE).all() if self._norms() else []
        return {(row["plugin"], row["name"]): row for row in rows}

    def _document(self, plugin: str, name: str, day: date | None) -> Mapping[str, Any] | None:
        mine = (where("plugin") == plugin) & (where("name") == name)
        document: Mapping[str, Any] | None = self._shop.documents.table(IN_FORCE).get(mine)
        if document is None or day is None or document["on"] <= day.isoformat():
            return document
        before = sorted(self._shop.documents.table(BEFORE).search(mine), key=lambda one: str(one["on"]))
        then = [one for one in before if one["on"] <= day.isoformat()]
        return then[-1] if then else before[0] if before else document

    def _last_line(self) -> int:
        with self._shop.database.read() as connection:
            return int(connection.scalar(sa.select(sa.func.max(schema.order_lines.c.id))) or 0)

    def _signature(self, plugin: str, norm: Norm) -> str:
        bound = norm.function.keywords if isinstance(norm.function, partial) else {}
        function = norm.function.func if isinstance(norm.function, partial) else norm.function
        file = Path(function.__code__.co_filename)
        code = file.read_bytes() if file.is_file() else function.__code__.co_code
        settings = sorted(self._shop.plugins.config.settings.get(plugin, {}).items())
        rest = repr((settings, sorted(bound.items()), norm.who, tuple(norm.needs), norm.tolerance))
        return hashlib.sha256(code + rest.encode()).hexdigest()

    def _is_due(self, plugin: str, norm: Norm, document: Mapping[str, Any] | None, last: int) -> bool:
        if document is None or document["signature"] != self._signature(plugin, norm):
            return True
        if document["again_on"] <= self._shop.clock().today.isoformat():
            return True
        return bool(last > document["last_line"] * _GROWN + _AT_LEAST)

    def _work_out(self, plugin: str, norm: Norm) -> None:
        last, source = self._last_line(), self._source(norm)
        rows = self._asked("norm", plugin, norm, (norm.name, source))
        old = self._document(plugin, norm.name, None)
        kept, moved = settled(old["rows"] if old else {}, rows, norm.tolerance, norm.aside)
        today = self._shop.clock().today
        document = self._made(plugin, norm, last, today + timedelta(days=norm.days))
        again = self._concerned(plugin, norm, source, moved, len(kept))
        self._keep(plugin, norm, old, document | {"on": today.isoformat(), "rows": kept}, again)

    def _put_off(self, plugin: str, norm: Norm) -> None:
        """Keep the figures there are, and try again tomorrow."""
        old, today = self._document(plugin, norm.name, None), self._shop.clock().today
        figures = {"on": old["on"], "rows": old["rows"]} if old else {"on": today.isoformat(), "rows": {}}
        document = self._made(plugin, norm, self._last_line(), today + timedelta(days=1))
        self._keep(plugin, norm, old, document | figures, [])

    def _made(self, plugin: str, norm: Norm, last_line: int, again_on: date) -> dict[str, Any]:
        return {
            "plugin": plugin,
            "name": norm.name,
            "signature": self._signature(plugin, norm),
            "last_line": last_line,
            "again_on": again_on.isoformat(),
        }

    def _keep(
        self,
        plugin: str,
        norm: Norm,
        old: Mapping[str, Any] | None,
        document: Mapping[str, Any],
        again: Sequence[int] | None,
    ) -> None:
        """Keep the figures, and mark in the same transaction whose facts are to be worked out again."""
        mine = (where("plugin") == plugin) & (where("name") == norm.name)
        with self._shop.database.write("norms", actor="system", kind="documents") as write:
            self._shop.documents.table(IN_FORCE).upsert(dict(document), mine)
            before = self._shop.documents.table(BEFORE)
            if old is not None and old["on"] != document["on"] and old["rows"] != document["rows"]:
                before.insert(dict(old))
                kept = sorted(before.search(mine), key=lambda one: str(one["on"]))
                before.remove(doc_ids=[one.doc_id for one in kept[:-_KEPT]])
            work_again(write, self._readers(plugin, norm), again)

    def _readers(self, plugin: str, norm: Norm) -> list[str]:
        """The plugin's facts that read the norm."""
        facts = [fact for owner, fact in self._shop.facts.python_facts if owner == plugin]
        return [fact.name for fact in facts if norm.name in fact.norms]

    def _concerned(
        self, plugin: str, norm: Norm, source: Source, moved: Sequence[str], rows: int
    ) -> list[int] | None:
        """The customers whose facts follow from these rows; None: everybody."""
        if not moved or not self._readers(plugin, norm):
            return []
        if not norm.who or len(moved) > _MOST_MOVED * rows:
            return None
        ids: list[int] = self._asked("behind", plugin, norm, (norm.name, source, list(moved), _MOST_IDS))
        return ids if len(ids) < _MOST_IDS else None

    def _asked(self, job: str, plugin: str, norm: Norm, args: tuple[Any, ...]) -> Any:
        request = Request(f"{_JOBS}:{job}", plugin, args, _QUIET_SECONDS)
        answer: Any = {}
        for answer in self._shop.worker.run(request, f"norm {norm.name}"):  # noqa: B007 - the last one counts
            pass
        return answer

    def _source(self, norm: Norm) -> Source:
        source = source_of(self._shop, None)
        if FACTS_TABLE not in norm.needs:
            return source
        select, types = _cards(self._shop.facts)
        return replace(
            source,
            statements={**source.statements, FACTS_TABLE: select},
            plain={**source.plain, FACTS_TABLE: select},
            types=types,
        )


def _cards(facts: Facts) -> tuple[str, dict[str, str]]:
    """The SELECT of every customer's facts, and DuckDB's types of its columns."""
    columns = list(facts.cards.c)
    quoted = ", ".join(f'"{column.name}"' for column in columns)
    return f"SELECT {quoted} FROM cards", {column.name: _type(column) for column in columns}


def _type(column: sa.Column[Any]) -> str:
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return "BOOLEAN"
    if isinstance(kind, sa.Float):
        return "DOUBLE"
    return "BIGINT" if isinstance(kind, sa.Integer) else "VARCHAR"
