"""`crm playbook`: everything a shop has learned, read and kept document by document."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import group, json_option
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.cli.packs.told import faults_told
from crmcore.i18n import gettext as _
from crmcore.i18n import language, mark

command = group(
    mark(
        "The playbook: what a shop has learned (segments, templates, calendars, articles …), its own over "
        "what its packs say."
    )
)


@command.command("list", help=mark("List what there is, of every family or of one."))
@click.argument("family", required=False)
@json_option
@pass_app
def list_them(app: App, family: str | None, as_json: bool) -> None:
    """List it."""
    from crmcore.store.playbook_tables import FAMILIES

    playbook = app.shop.playbook
    found = [one for name in ([family] if family else FAMILIES) for one in playbook.all(name)]
    if as_json:
        rows = [
            {"family": one.family, "name": one.name, "source": one.source, "override": one.override}
            for one in found
        ]
        print_json({"entries": rows})
        return
    columns = [Column(_("Family")), Column(_("Name")), Column(_("Title")), Column(_("From"))]
    table(columns, [(one.family, one.name, _title(one.body), one.source) for one in found])
    if not found:
        note(_("Nothing is written down yet. Ready-made: crm pack list --available"))


@command.command("show", help=mark("Show one document, and whose it is."))
@click.argument("family")
@click.argument("name")
@json_option
@pass_app
def show(app: App, family: str, name: str, as_json: bool) -> None:
    """Print it as YAML."""
    from crmcore.packs.writing import as_yaml

    entry = app.shop.playbook.require(family, name)
    if as_json:
        under = None if entry.under is None else {"source": entry.under.source, "body": entry.under.body}
        print_json(
            {"family": family, "name": name, "source": entry.source, "body": entry.body, "under": under}
        )
        return
    say(f"# {family}/{name}  ({entry.source})")
    body = {key: value for key, value in entry.body.items() if key != "name"}
    for line in as_yaml(body).splitlines():
        say(line)


@command.command("save", help=mark("Keep a document of the shop's own, from a YAML file."))
@click.argument("family")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@pass_app
def save(app: App, family: str, name: str, file: Path, as_json: bool) -> None:
    """Check and keep it."""
    app.shop.permit("playbook.save")
    with faults_told(as_json):
        entry, notes = app.shop.packs.save_own(family, name, file)
    if as_json:
        told = {"family": family, "name": name, "source": entry.source, "override": entry.override}
        print_json({**told, "notes": notes})
    else:
        for sentence in notes:
            note(_("Note: {what}").format(what=sentence))
        say(_("Kept {family}/{name}.").format(family=family, name=name))


@command.command(
    "remove", help=mark("Forget a document of the shop's own; a pack's of that name shows again.")
)
@click.argument("family")
@click.argument("name")
@json_option
@pass_app
def remove(app: App, family: str, name: str, as_json: bool) -> None:
    """Forget it."""
    app.shop.permit("playbook.remove")
    with faults_told(as_json):
        shown = app.shop.playbook.remove(family, name)
    if as_json:
        print_json({"family": family, "name": name, "removed": True, "shows": shown and shown.source})
    else:
        say(_("Forgot {family}/{name}.").format(family=family, name=name))


def _title(body: object) -> str:
    title = body.get("title") if isinstance(body, dict) else None
    if isinstance(title, dict):
        return str(title.get(language()) or next(iter(title.values()), ""))
    return str(title or "")
