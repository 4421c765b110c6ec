"""`crm calendar`: sale events, festivals, seasons, the shop's own days and days off."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import Choice, Whole, group, json_option, option
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.cli.packs.told import faults_told
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark

if TYPE_CHECKING:
    from crmcore.rules.occasions import Occasion, Period

command = group(mark("The calendar: sale events, festivals, seasons, the shop's own days and days off."))
_KINDS = {
    "platform": mark("sale event"),
    "festival": mark("festival"),
    "season": mark("season"),
    "own": mark("own day"),
    "off": mark("day off"),
}


@command.command("list", help=mark("List what comes round: the next days of each, or those of a year."))
@option("--year", type=Whole(2000, 2099), help=mark("The days of that year."))
@option("--kind", type=Choice(list(_KINDS)), help=mark("Only of that kind."))
@json_option
@pass_app
def list_calendar(app: App, year: int | None, kind: str | None, as_json: bool) -> None:
    """List them, the nearest first."""
    from crmcore.calendar.china import to_check

    calendar = app.shop.calendar
    rows: list[tuple[Occasion, Period]] = []
    if year is None:
        rows = [(one.occasion, one.period) for one in calendar.ahead()]
    else:
        found = [(one, one.periods[year]) for one in calendar.occasions if year in one.periods]
        rows = sorted(found, key=lambda row: row[1].first)
    rows = [row for row in rows if kind in (None, row[0].kind)]
    for problem in calendar.problems:
        note(problem)
    if as_json:
        listed = [_document(one, period, calendar.today) for one, period in rows]
        print_json(
            {"today": calendar.today.isoformat(), "occasions": listed, "problems": list(calendar.problems)}
        )
        return
    unsure = [
        f"{one.title} {period.first.year}"
        for one, period in rows
        if one.source == "crmcore" and to_check(one.name, period.first.year)
    ]
    if unsure:
        text = _("check with the platform: {events}. `crm calendar add` puts other days in their place")
        note(text.format(events=joined(unsure)))
    columns = [
        Column(_("Name"), whole=True),
        Column(_("Title")),
        Column(_("Kind")),
        Column(_("Days")),
        Column(_("Run-up from")),
        Column(_("In days"), right=True),
        Column(_("From")),
    ]
    table(
        columns,
        [
            (
                one.name,
                one.title,
                _(_KINDS[one.kind]),
                _span(period),
                period.prepare,
                max((period.first - calendar.today).days, 0),  # 0: it is on
                one.source,
            )
            for one, period in rows
        ],
    )


@command.command(
    "add", help=mark("Write a day of the shop's own down, or put other days in place of known ones.")
)
@click.argument("name")
@option(
    "--on",
    "day",
    metavar="DAY",
    help=mark("11-11, 2026-11-11, 'lunar 8-15', 'term qingming', 'sunday 2 of 5'."),
)
@option("--from", "first", metavar="DATE", help=mark("The first day, for days of one year."))
@option("--to", "last", metavar="DATE", help=mark("The last day, for days of one year."))
@option("--run-up", type=Whole(0, 200), default=0, help=mark("Days of preparing before the first."))
@option("--kind", type=Choice(list(_KINDS)), default="own", show_default=True, help=mark("What it is."))
@option("--zh", default="", help=mark("The Chinese title."))
@option("--en", default="", help=mark("The English title."))
@json_option
@pass_app
def add(
    app: App,
    name: str,
    day: str | None,
    first: str | None,
    last: str | None,
    run_up: int,
    kind: str,
    zh: str,
    en: str,
    as_json: bool,
) -> None:
    """Write it down."""
    from crmcore.calendar.calendar import add as add_entry
    from crmcore.calendar.entries import CalendarEntry

    app.shop.permit("calendar.add")
    entry = CalendarEntry(name, zh, en, kind, day or "", run_up=run_up, years=_years(day, first, last))
    with faults_told(as_json):
        made = add_entry(app.shop.playbook, entry, app.shop.clock().today)
    period = made.next(app.shop.clock().today) or next(iter(made.periods.values()), None)
    if as_json:
        print_json(
            {"occasion": _document(made, period, app.shop.clock().today) if period else {"name": name}}
        )
    elif period is None:
        note(_("Written down {name}, which no year around this one has.").format(name=name))
    else:
        say(_("Written down {name}: {days}.").format(name=name, days=_span(period)))


@command.command(
    "remove", help=mark("Forget a day of the shop's own; what it stood in place of shows again.")
)
@click.argument("name")
@json_option
@pass_app
def remove(app: App, name: str, as_json: bool) -> None:
    """Forget it."""
    from crmcore.calendar.calendar import remove as remove_entry

    app.shop.permit("calendar.remove")
    with faults_told(as_json):
        remove_entry(app.shop.playbook, name)
    if as_json:
        print_json({"occasion": name, "removed": True})
    else:
        say(_("Forgot {name}.").format(name=name))


def _years(day: str | None, first: str | None, last: str | None) -> dict[int, dict[str, date]]:
    if not (day or first or last):
        raise click.UsageError(_("say when it is: --on, or --from and --to"))
    said = {key: _day(text) for key, text in (("first", first), ("last", last)) if text}
    return {min(said.values()).year: said} if said else {}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(
            _("{text} is no day: write it as 2026-11-20").format(text=repr(text))
        ) from None


def _span(period: Period) -> str:
    if period.first == period.last:
        return period.first.isoformat()
    return f"{period.first.isoformat()} – {period.last.isoformat()}"


def _document(one: Occasion, period: Period, today: date) -> dict[str, Any]:
    from crmcore.calendar.china import to_check

    return {
        "name": one.name,
        "title": {"zh": one.zh, "en": one.en},
        "kind": one.kind,
        "source": one.source,
        "prepare": period.prepare.isoformat(),
        "first": period.first.isoformat(),
        "day": period.main.isoformat(),
        "last": period.last.isoformat(),
        "days_until": one.days_until(today),
        "days_since": one.days_since(today),
        "running": one.running(today),
        "check": one.source == "crmcore" and to_check(one.name, period.first.year),
    }
