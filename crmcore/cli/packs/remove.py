"""`crm pack remove`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import note, print_json, say
from crmcore.cli.packs.told import tell_faults, tell_plan
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("Take an installed pack away. What the shop wrote over it stays, as its own."))
@click.argument("pack")
@json_option
@pass_app
def command(app: App, pack: str, as_json: bool) -> None:
    """Remove it."""
    from crmcore.packs.faults import PackError

    try:
        plan, act = app.shop.packs.remove(pack)
    except PackError as error:
        tell_faults(error, as_json)
        return
    if as_json:
        print_json({"removed": True, "change": act, **plan.as_json()})
        return
    tell_plan(plan)
    say(_("Removed {name} {version}.").format(name=plan.pack, version=plan.before))
    note(_("`crm changes undo {act}` takes it back.").format(act=act))
