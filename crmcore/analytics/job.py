"""What the analytics process does: one report, or the customers behind one of its rows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from crmcore.analytics import parts
from crmcore.analytics.data import Data
from crmcore.analytics.findings import Working, check
from crmcore.analytics.source import Source
from crmcore.errors import CrmError
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.jobs import Ask, find_item
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.reports import Findings, Report, tables_of
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

_TABLES = {
    "orders": mark("orders"), "lines": mark("order lines"), "refunds": mark("refunds"),
    "customers": mark("customers"), "interactions": mark("interactions"), "traffic": mark("traffic"),
    "products": mark("products"), "market": mark("the market"), "other_currencies": mark("other currencies"),
}  # fmt: skip


def report(
    manager: PluginManager,
    plugin: str,
    ask: Ask,
    name: str,
    parameters: Mapping[str, object],
    source: Source,
    owners: Mapping[str, str],
) -> Iterator[Any]:
    """Work out a report: first a sign that the records are being read, at the end the checked findings.

    `owners` tells the plugin of each report there is: reports may have others as their parts.
    """
    found: Report = find_item(manager, plugin, "crm_reports", name)
    with Data(source, found.needs, in_steps=True, ask=ask) as data:
        yield from _reading(data)
        yield Working(_("working it out"))
        findings = _worked_out(found, data, parameters)
        yield from parts.added(findings, data, lambda other: _report(manager.config, owners, other))


def _reading(data: Data) -> Iterator[Working]:
    """Read the records; a sign before each table (and its copy), and about each second it takes."""
    places: dict[str, int] = {}
    last, begun = "", 0.0
    for table in data.reading():
        if table != last:
            last, begun = table, time.monotonic()
        place = places.setdefault(table, len(places) + 1)
        text = _("reading the shop's records: {table} ({place} of {all})")
        if seconds := int(time.monotonic() - begun):
            text = _("reading the shop's records: {table} ({place} of {all}), {seconds} s")
        told = {"table": _(_TABLES[table]), "place": place, "all": len(data.tables) + 1}
        yield Working(text.format(**told, seconds=seconds))


def _report(config: PluginConfig, owners: Mapping[str, str], name: str) -> Report | None:
    """Another plugin's report; None where there is none of that name."""
    if name not in owners:
        return None
    only = replace(config, only=frozenset([owners[name]]), write_log=False)
    found: Report = find_item(PluginManager.load(only), owners[name], "crm_reports", name)
    return found


def live(
    manager: PluginManager,
    _plugin: str,
    ask: Ask,
    wanted: Sequence[tuple[str, Mapping[str, object]]],
    source: Source,
    owners: Mapping[str, str],
) -> Iterator[Any]:
    """Several reports again and again over records that stay: a round of answers whenever the shop asks.

    A round is, for each report with its parameters, its findings or the reason why there are none; then None.
    What was found stands until one of the report's tables is touched, or the day is another.
    """
    found = {name: _report(manager.config, owners, name) for name in dict.fromkeys(one for one, _p in wanted)}
    needs = parts.needs_of([one for one in found.values() if one is not None])
    with Data(source, needs, to_stay=True, in_steps=True, ask=ask) as data:
        yield from _reading(data)
        answers: dict[int, Any] = {}
        touched = data.tables
        while True:
            for place, (name, parameters) in enumerate(wanted):
                report = found[name]
                if place not in answers or (report and touched & tables_of(report.needs).keys()):
                    answers[place] = parts.tried(report, data, parameters)
                yield answers[place]
            yield None
            touched = data.catch_up(ask("again", ()))


def drill(
    _manager: PluginManager,
    _plugin: str,
    needs: Sequence[str],
    source: Source,
    select: str,
    values: Mapping[str, Any],
    limit: int,
) -> Iterator[Any]:
    """The customers that a table's `drill` selects: how many, and the ids of the first of them."""
    with Data(source, needs) as data:
        known = f"SELECT DISTINCT customer_id FROM ({select}) WHERE customer_id IS NOT NULL"
        count = data.one(f"SELECT count(*) FROM ({known})", **values)
        ids = [one for (one,) in data.query(f"{known} ORDER BY customer_id LIMIT {int(limit)}", **values)]
        yield count, ids


def _worked_out(report: Report, data: Data, parameters: Mapping[str, object]) -> Findings:
    """What the report's function found, checked."""
    try:
        return check(parts.asked(report, data, parameters))
    except duckdb.OutOfMemoryException as error:
        raise CrmError(
            _("it takes more memory than reports may use: ask for a shorter time or fewer customers")
        ) from error
