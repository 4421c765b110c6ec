"""`crm segment keep`: have the shop remember who comes into a segment and who leaves it."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import Choice, json_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark("Keep who is in a segment, who comes and who leaves: NAME on, NAME off; alone: list what is kept.")
)
@click.argument("name", required=False)
@click.argument("state", type=Choice(["on", "off"]), required=False)
@json_option
@pass_app
def command(app: App, name: str | None, state: str | None, as_json: bool) -> None:
    """Switch it, or list."""
    if name is None:
        _list(app, as_json)
        return
    if state is None:
        raise click.UsageError(_("say on or off: crm segment keep {name} on").format(name=name))
    app.shop.permit("segment.keep")
    register = app.fresh_shop.register
    if state == "on":
        register.keep(name)
    else:
        register.drop(name)
    if as_json:
        print_json({"segment": name, "kept": state == "on"})
    elif state == "on":
        say(_("Who comes into {name} and who leaves it is kept from today on.").format(name=name))
    else:
        say(_("Who is in {name} is kept no longer; what happened stays written.").format(name=name))


def _list(app: App, as_json: bool) -> None:
    kept = app.fresh_shop.register.kept()
    if as_json:
        print_json({"kept": [{"segment": one.name, "began": one.began, "day": one.day} for one in kept]})
        return
    columns = [Column(_("Segment")), Column(_("Kept since")), Column(_("Up to"))]
    table(columns, [(one.name, one.began, one.day) for one in kept])
    if not kept:
        note(_("No segment is kept. Begin with one: crm segment keep NAME on"))
