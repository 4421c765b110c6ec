"""`crm segment`: who belongs to a segment, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, HowMany, as_of_option, group, json_option, option, set_option
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.cli.packs.told import faults_told
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

if TYPE_CHECKING:
    from crmcore.rules.explain import Explanation

_HERE = "crmcore.cli.segments"

command = group(
    mark("Segments: named rules about customers. Who belongs is worked out anew each time."),
    lazy={
        "fields": (f"{_HERE}.fields", mark("List what rules may compare.")),
        "preview": (f"{_HERE}.preview", mark("Say at once how many a rule would find, and a few of them.")),
        "keep": (f"{_HERE}.keep", mark("Keep who is in a segment, who comes and who leaves.")),
        "history": (f"{_HERE}.history", mark("Show how a kept segment grew and shrank.")),
        "changes": (f"{_HERE}.changes", mark("List who came into kept segments and who left, and why.")),
    },
)


@command.command("list", help=mark("List the segments, the shop's own and the plugins'."))
@json_option
@pass_app
def list_segments(app: App, as_json: bool) -> None:
    """List them; one that cannot be used says why."""
    found = app.shop.segments.all()
    if as_json:
        rows = [
            {
                "name": one.name,
                "title": {"zh": one.zh, "en": one.en},
                "source": one.source,
                "params": {name: str(value) for name, value in one.params.items()},
                "error": one.error,
            }
            for one in found
        ]
        print_json({"segments": rows})
        return
    columns = [Column(_("Name")), Column(_("Title")), Column(_("From"))]
    table(columns, [(one.name, one.title, one.source) for one in found])
    for one in found:
        if one.error:
            note(f"{one.name}: {one.error}")


@command.command("count", help=mark("Count who belongs to a segment."))
@click.argument("name")
@set_option
@as_of_option
@json_option
@pass_app
def count(app: App, name: str, values: dict[str, str], as_of: str | None, as_json: bool) -> None:
    """Count."""
    found = app.fresh_shop.segments.count(name, app.day(as_of), values)
    if as_json:
        print_json(found.as_json())
    else:
        say(f"{found.count:,}")


@command.command("members", help=mark("List who belongs to a segment."))
@click.argument("name")
@option("--limit", type=HowMany(min=0), default=50, show_default=True, help=mark("At most so many."))
@set_option
@as_of_option
@json_option
@pass_app
def members(
    app: App, name: str, limit: int, values: dict[str, str], as_of: str | None, as_json: bool
) -> None:
    """List the first of them; with --limit 0 all."""
    found = app.fresh_shop.segments.members(name, app.day(as_of), limit=limit or None, params=values)
    if as_json:
        print_json(found.as_json())
        return
    rows = [(one.id, one.name) for one in found.customers]
    table([Column(_("Customer"), right=True), Column(_("Name"))], rows)
    if not found.count:
        note(_("Nobody belongs to it."))
    if found.count > len(rows):
        note(_("{shown} of {count}; --limit 0 lists all.").format(shown=len(rows), count=f"{found.count:,}"))


@command.command("explain", help=mark("Say why a customer belongs to a segment, or why not."))
@click.argument("name")
@click.argument("customer", type=NUMBER)
@set_option
@as_of_option
@json_option
@pass_app
def explain(
    app: App, name: str, customer: int, values: dict[str, str], as_of: str | None, as_json: bool
) -> None:
    """Show each condition with her values."""
    found = app.fresh_shop.segments.explain(name, customer, app.day(as_of), values)
    if as_json:
        print_json(found.as_json())
        return
    say(_("belongs to it") if found.member else _("does not belong to it"))
    _say_conditions(found.why, 1)


@command.command("export", help=mark("Write who belongs to a segment into a csv, xlsx or json file."))
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@option("--reason", default="", help=mark("Why phones and e-mails leave the shop; it is kept."))
@option("--no-contacts", is_flag=True, help=mark("Leave phones and e-mails out; needs no reason."))
@set_option
@as_of_option
@json_option
@pass_app
def export(
    app: App,
    name: str,
    file: Path,
    reason: str,
    no_contacts: bool,
    values: dict[str, str],
    as_of: str | None,
    as_json: bool,
) -> None:
    """Write the file and say how many rows it has."""
    from crmcore.exports import export_segment

    shop, day = app.fresh_shop, app.day(as_of)
    if not (no_contacts or reason) and sys.stdin.isatty():
        reason = click.prompt(_("Phones and e-mails leave the shop with this file. Why?"), err=True)
    contacts = not no_contacts
    written = export_segment(shop, name, file, day, values, contacts=contacts, reason=reason, warn=note)
    if as_json:
        print_json({"segment": name, "file": str(file), "count": written})
    else:
        say(_("{count} customers written into {file}.").format(count=f"{written:,}", file=file))


@command.command("check", help=mark("Read a rule from a YAML file and count who meets it; nothing is kept."))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@set_option
@as_of_option
@json_option
@pass_app
def check(app: App, file: Path, values: dict[str, str], as_of: str | None, as_json: bool) -> None:
    """Count, or tell what is wrong with the rule."""
    from crmcore.segments.files import load_file

    segments = app.fresh_shop.segments
    found = segments.check(file, app.day(as_of), values)
    _tell_never(segments.never(load_file(file), values))
    if as_json:
        print_json(found.as_json())
    else:
        say(_("{name}: {count} customers").format(name=found.segment, count=f"{found.count:,}"))


@command.command("save", help=mark("Keep the segment of a YAML file as the shop's own."))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@pass_app
def save(app: App, file: Path, as_json: bool) -> None:
    """Keep it under its name."""
    from crmcore.segments.files import load_file

    app.shop.permit("segment.save")
    with faults_told(as_json):
        kept = app.shop.segments.save(load_file(file))
    _tell_never(app.shop.segments.never(kept))
    if as_json:
        print_json({"segment": kept.name})
    else:
        say(_("Kept the segment {name}.").format(name=kept.name))


@command.command("show", help=mark("Print a segment's rule as YAML, to start one's own from."))
@click.argument("name")
@json_option
@pass_app
def show(app: App, name: str, as_json: bool) -> None:
    """Print the rule."""
    text = app.shop.segments.as_yaml(name)
    if as_json:
        print_json({"segment": name, "yaml": text})
        return
    for line in text.splitlines():
        say(line)


@command.command("remove", help=mark("Forget a segment of the shop's own."))
@click.argument("name")
@json_option
@pass_app
def remove(app: App, name: str, as_json: bool) -> None:
    """Forget it; a plugin's of that name shows again."""
    app.shop.permit("segment.remove")
    with faults_told(as_json):
        app.shop.segments.remove(name)
    if as_json:
        print_json({"segment": name, "removed": True})
    else:
        say(_("Forgot the segment {name}.").format(name=name))


def _tell_never(notes: list[str]) -> None:
    """What the rule asks for that no value is: it is kept all the same."""
    for sentence in notes:
        note(_("Note: {what}").format(what=sentence))


def _say_conditions(why: Explanation, depth: int) -> None:
    sign = "✓" if why.held else "✗"
    value = "" if why.value is None else f"  ({why.value})"
    say(f"{'  ' * depth}{sign} {why.condition}{value}")
    for part in why.parts:
        _say_conditions(part, depth + 1)
