"""What the analytics process does: one report, or the customers behind one of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb

from crmcore.analytics.data import Data
from crmcore.analytics.findings import Checked, Working, check
from crmcore.analytics.source import Source
from crmcore.errors import CrmError
from crmcore.hooks.jobs import find_item
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.reports import Report
from crmcore.i18n import gettext as _


def report(
    manager: PluginManager, plugin: str, name: str, parameters: Mapping[str, object], source: Source
) -> Iterator[Any]:
    """Work out a report: first a sign that the records are being read, at the end the checked findings."""
    found: Report = find_item(manager, plugin, "crm_reports", name)
    yield Working(_("reading the shop's records"))
    with Data(source, found.needs) as data:
        yield Working(_("working it out"))
        yield _worked_out(found, data, parameters)


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


def _worked_out(report: Report, data: Data, parameters: Mapping[str, object]) -> Checked:
    """What the report's function found, checked."""
    try:
        findings = report.function(data, *_converted(report.parameters, parameters))
    except duckdb.OutOfMemoryException as error:
        raise CrmError(
            _("it takes more memory than reports may use: ask for a shorter time or fewer customers")
        ) from error
    return check(findings, data)


def _converted(cls: type | None, parameters: Mapping[str, object]) -> tuple[object, ...]:
    """The parameters as the report's own dataclass; nothing where it takes none."""
    import msgspec

    return () if cls is None else (msgspec.convert(dict(parameters), cls),)
