"""The reports of one shop: listed, run, drilled into. Faces, scripts and actions ask here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from crmcore.analytics.benchmarks import usual
from crmcore.analytics.findings import Checked, Working, drill_values
from crmcore.analytics.known import known
from crmcore.analytics.live import Live, Wanted
from crmcore.analytics.presets import FAMILY as PRESETS
from crmcore.analytics.presets import Preset, check_name, presets
from crmcore.analytics.reasons import Reason, reasons
from crmcore.analytics.results import KeptNote, Result
from crmcore.analytics.source import Source
from crmcore.analytics.tables import statements
from crmcore.errors import CrmError, NotFoundError, PluginFailure, UsageError
from crmcore.hooks import settings as plugin_settings
from crmcore.hooks.frames import Request
from crmcore.hooks.guard import guarded
from crmcore.hooks.jobs import ASKING
from crmcore.hooks.offers import report_fields
from crmcore.hooks.reports import Report
from crmcore.i18n import gettext as _
from crmcore.i18n import ngettext
from crmcore.records.clock import day_start
from crmcore.rules.fields import suggestion
from crmcore.rules.where import where
from crmcore.table_files import Warn, silent

if TYPE_CHECKING:
    from crmcore.hooks.manager import PluginManager
    from crmcore.hooks.worker import Worker
    from crmcore.playbook.playbook import Playbook
    from crmcore.records.clock import Clock
    from crmcore.records.interaction import InteractionKind
    from crmcore.records.settings import ShopSettings
    from crmcore.store.database import Database

Told = Callable[[str], None]
_JOBS = "crmcore.analytics.job"
NOTES = "report_notes"  # the table of documents


class CampaignLike(Protocol):
    """What a campaign has earned."""

    def as_json(self) -> dict[str, Any]: ...  # noqa: D102


class Campaigns(Protocol):
    """The shop's campaigns, as far as reports ask about them."""

    def report(self, name: str) -> CampaignLike: ...  # noqa: D102


class ShopLike(Protocol):
    """What reports need of a shop."""

    @property
    def database(self) -> Database: ...  # noqa: D102
    @property
    def settings(self) -> ShopSettings: ...  # noqa: D102
    @property
    def plugins(self) -> PluginManager: ...  # noqa: D102
    @property
    def worker(self) -> Worker: ...  # noqa: D102
    @property
    def kinds(self) -> Mapping[str, InteractionKind]: ...  # noqa: D102
    @property
    def documents(self) -> Any: ...  # noqa: D102
    @property
    def actor(self) -> str: ...  # noqa: D102
    @property
    def campaigns(self) -> Campaigns: ...  # noqa: D102
    @property
    def playbook(self) -> Playbook: ...  # noqa: D102
    def clock(self, as_of: date | None = None) -> Clock: ...  # noqa: D102
    def permit(self, action: str) -> None: ...  # noqa: D102


class Reports:
    """The reports of one shop."""

    def __init__(self, shop: ShopLike) -> None:
        self._shop = shop

    def all(self) -> list[tuple[str, Report]]:
        """Every report with the plugin that brings it, by name."""
        return sorted(self._shop.plugins.reports().values, key=lambda pair: pair[1].name)

    def get(self, name: str) -> tuple[str, Report]:
        """The report of that name and its plugin; raises `NotFoundError` with the nearest name."""
        known = {report.name: (plugin, report) for plugin, report in self.all()}
        if name in known:
            return known[name]
        hint = suggestion(name, [*known, *(one.name for one in self.presets())], see="crm report list")
        raise NotFoundError(_("there is no report {name}{hint}").format(name=repr(name), hint=hint))

    def presets(self) -> list[Preset]:
        """Reports with parameters that the shop has kept under names of its own."""
        return presets(self._shop.playbook)

    def keep_preset(self, name: str, report: str, typed: Mapping[str, str]) -> None:
        """Keep a report with parameters under a name; raises `UsageError` and what `check` raises."""
        self._shop.permit("report.preset")
        check_name(name, {one.name: one for _plugin, one in self.all()})
        self.check(report, typed)
        self._shop.playbook.save(PRESETS, name, {"report": report, "set": dict(typed)})

    def forget_preset(self, name: str) -> None:
        """Forget a preset of the shop's own; raises `NotFoundError`."""
        self._shop.permit("report.preset")
        self._shop.playbook.remove(PRESETS, name)

    def meant(self, name: str, typed: Mapping[str, str] | None = None) -> tuple[str, dict[str, str]]:
        """The report and the typed parameters behind a name, which may be a preset's; typed ones win."""
        known = {one.name: one for _plugin, one in self.all()}
        preset = None if name in known else next((one for one in self.presets() if one.name == name), None)
        return (preset.report, {**preset.typed, **(typed or {})}) if preset else (name, dict(typed or {}))

    def check(self, name: str, typed: Mapping[str, str]) -> None:
        """Raise `NotFoundError` or `SettingError` where a report cannot be asked for like that."""
        self._parameters(self.get(name)[0], name, typed)

    def fields(self, name: str) -> list[plugin_settings.SettingField]:
        """The parameters of a report: names, types, defaults, what they mean."""
        return report_fields(self.get(name)[1])

    def run(
        self,
        name: str,
        typed: Mapping[str, str] | None = None,
        *,
        as_of: date | None = None,
        told: Told | None = None,
    ) -> Result:
        """Work a report out, now or as of the end of a day; `typed` are parameters as people type them.

        `told` hears what is being done. Raises `NotFoundError`, `SettingError` for parameters that do not
        fit, `PluginFailure` when the report or its process fails.
        """
        self._shop.permit("report")
        name, asked = self.meant(name, typed)
        plugin, report = self.get(name)
        parameters = self._parameters(plugin, name, asked)
        source = self._source(as_of)
        owners = {one.name: owner for owner, one in self.all()}
        args = (name, parameters, source, owners)
        request = Request(f"{ASKING}{_JOBS}:report", plugin, args, report.quiet_seconds)
        findings: Any = None
        for answer in self._shop.worker.run(request, _what(name), campaign=self._campaign):
            if isinstance(answer, Working):
                if told is not None:
                    told(answer.what)
            else:
                findings = answer
        if not isinstance(findings, Checked):
            raise PluginFailure(plugin, name, _("it found nothing"))
        beside = usual(source.playbook["benchmarks"], name)
        findings = replace(findings, notes=[*findings.notes, *beside])
        kept = self.notes(name)
        return Result(report, plugin, source, parameters, findings, kept, asked, self._since())

    def into_file(self, result: Result, file: Path, warn: Warn = silent) -> None:
        """Write a report into a file (csv, xlsx, json, html); that it was done is kept in the changes.

        Raises what `files.write` raises; `warn` hears of texts that were cut.
        """
        from crmcore.analytics.files import write  # drawing and pages are not needed to work a report out

        self._shop.permit("report.export")
        write(result, file, warn)
        rows = sum(len(table.rows) for table in result.findings.tables)
        why = ngettext(
            "wrote the report {name} into a file: {count} row",
            "wrote the report {name} into a file: {count} rows",
            rows,
        )
        why = why.format(name=result.report.name, count=rows)
        with self._shop.database.write(why, actor=self._shop.actor, kind="export") as act:
            act.note()

    def live(self, wanted: Sequence[tuple[str, Mapping[str, str]]], as_of: date | None = None) -> Live:
        """Several reports (names with typed parameters) that are worked out again and again; see `Live`.

        They speak of now, or of the end of the day `as_of`, as known at each round. Raises what `run` raises
        for a name or parameters that do not fit.
        """
        self._shop.permit("report")
        asked = []
        for name, typed in wanted:
            plugin, report = self.get(name)
            asked.append(Wanted(plugin, report, self._parameters(plugin, name, typed)))
        owners = {one.name: owner for owner, one in self.all()}
        answers = {"campaign": self._campaign}
        return Live(self._shop.worker, asked, owners, lambda: self._source(as_of), answers)

    def behind(self, result: Result, table: str, row: int, limit: int = 200) -> tuple[int, list[int]]:
        """The customers behind a row of a table: how many, and the ids of the first ones.

        The row's values stand as they were worked out; who is behind them is looked up now. Raises `CrmError`
        where a row stands for nobody, and `PluginFailure`.
        """
        self._shop.permit("report")
        shown = next((one for one in result.findings.tables if one.name == table), None)
        if shown is None or not shown.drill or not 0 <= row < len(shown.rows):
            raise CrmError(_("there are no customers behind that"))
        report = result.report
        values = drill_values(shown, shown.rows[row])
        args = (tuple(report.needs), result.source, shown.drill, values, limit)
        request = Request(f"{_JOBS}:drill", result.plugin, args, report.quiet_seconds)
        count, ids = 0, []
        for answer in self._shop.worker.run(request, _what(report.name)):
            count, ids = answer
        return count, ids

    def stop(self, name: str) -> None:
        """Stop a report that is being worked out; `run` raises `Stopped` where it waits. From any thread."""
        self._shop.worker.stop(_what(name))

    def keep_note(self, name: str, period: str, text: str) -> None:
        """Keep what somebody found out about a period of a report; raises `NotFoundError`, `UsageError`."""
        self._shop.permit("report.note")
        self.get(name)
        if not text.strip():
            raise UsageError(_("there is nothing in the note"))
        note = {"report": name, "period": period, "text": text.strip(), "actor": self._shop.actor}
        self._shop.documents.table(NOTES).insert({**note, "at": self._shop.clock().now})

    def notes(self, name: str) -> list[KeptNote]:
        """What was kept about a report, by period."""
        rows = self._shop.documents.table(NOTES).search(where("report") == name)
        found = [KeptNote(row["period"], row["text"], row["actor"], row["at"]) for row in rows]
        return sorted(found, key=lambda one: (one.period, one.at))

    def _since(self) -> list[Reason]:
        """What makes days gone by differ from what was told yesterday."""
        clock = self._shop.clock()
        with self._shop.database.read() as connection:
            return reasons(connection, day_start(clock.today, clock.zone))

    def _parameters(self, plugin: str, name: str, typed: Mapping[str, str]) -> dict[str, object]:
        return parameters_of(plugin, self.get(name)[1], typed)

    def _campaign(self, name: str) -> dict[str, Any]:
        """What a campaign has earned, for a report that asks; raises `CrmError` where nobody can tell."""
        return self._shop.campaigns.report(name).as_json()

    def _source(self, as_of: date | None) -> Source:
        return source_of(self._shop, as_of)


def parameters_of(plugin: str, report: Report, typed: Mapping[str, str]) -> dict[str, object]:
    """What a report is asked with, from typed text; raises `SettingError` where that does not fit."""
    checked = plugin_settings.check(plugin, report_fields(report), typed, text=True)
    if (own := report.parameters) is not None:
        try:  # the report's own check (__post_init__) has the last word
            guarded(plugin, report.name, plugin_settings.build, plugin, own, checked)
        except PluginFailure as failure:
            raise plugin_settings.SettingError(failure.reason) from None
    return {key: plugin_settings.to_builtins(value) for key, value in checked.items()}


def source_of(shop: ShopLike, as_of: date | None) -> Source:
    """Where the analytics process finds the shop's records, as of the end of that day (None: now)."""
    clock = shop.clock(as_of)
    until = clock.until if clock.as_of else None
    made = statements(until, shop.settings.currency, shop.kinds.values())
    url = shop.database.url
    return Source(
        url.render_as_string(hide_password=False),
        Path(url.database) if shop.database.is_sqlite and url.database else None,
        shop.settings.currency,
        shop.settings.time_zone,
        clock.today,
        until,
        made.common,
        made.sqlite,
        known(shop, clock.today, shop.settings.time_zone),
    )


def _what(name: str) -> str:
    return _("report {name}").format(name=name)
