"""`crm pack list`."""

from __future__ import annotations

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.output import Column, note, print_json, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import moment


@crm_command(mark("List the installed packs; with --available those that come with crm and with packages."))
@option("--available", is_flag=True, help=mark("List what can be installed by name."))
@json_option
@pass_app
def command(app: App, available: bool, as_json: bool) -> None:
    """List them."""
    if available:
        _available(as_json)
        return
    found = app.shop.packs.all()
    if as_json:
        print_json({"packs": [one.as_json() for one in found]})
        return
    zone = app.shop.settings.time_zone
    columns = [
        Column(_("Name")),
        Column(_("Version")),
        Column(_("Title")),
        Column(_("Installed")),
        Column(_("From")),
    ]
    table(columns, [(one.name, one.version, one.shown, moment(one.at, zone), one.source) for one in found])
    if not found:
        note(_("No pack is installed. What there is: crm pack list --available"))


def _available(as_json: bool) -> None:
    from crmcore.packs.faults import PackError
    from crmcore.packs.sources import loadable

    rows, wrong = [], []
    for source, pack in loadable():
        if isinstance(pack, PackError):
            wrong.append((source.named, pack))
        else:
            rows.append(pack.manifest)
    if as_json:
        faulty = [{"name": name, "fault": str(error)} for name, error in wrong]
        print_json({"packs": [one.as_json() for one in rows], "faulty": faulty})
        return
    columns = [Column(_("Name")), Column(_("Version")), Column(_("Title"))]
    table(columns, [(one.name, one.version, one.shown) for one in rows])
    for name, error in wrong:
        note(f"{name}: {error}")
