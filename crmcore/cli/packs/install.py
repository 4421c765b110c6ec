"""`crm pack install`."""

from __future__ import annotations

from contextlib import nullcontext

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NAME_OR_FILE, json_option, option, set_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import note, print_json, say
from crmcore.cli.packs.told import tell_faults, tell_notes, tell_plan
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Install a pack under the shop's own words: one act, which `crm changes undo` takes back. What it "
        "asks is answered with --set; nothing that sends is switched on."
    )
)
@click.argument("pack", type=NAME_OR_FILE)
@option("--enable", is_flag=True, help=mark("Switch on the plugins it needs first; none that sends."))
@set_option
@json_option
@pass_app
def command(app: App, pack: str, enable: bool, values: dict[str, str], as_json: bool) -> None:
    """Install it."""
    from crmcore.packs.faults import PackError

    packs = app.shop.packs
    try:
        source, found = packs.find(pack)
        with packs.enabling(found) if enable else nullcontext(list[str]()) as enabled:
            notes = packs.notes(found, values)
            plan, act = packs.install(source, found, values)
    except PackError as error:
        tell_faults(error, as_json)
        return
    if as_json:
        print_json({"installed": True, "change": act, "enabled": enabled, "notes": notes, **plan.as_json()})
        return
    for name in enabled:
        say(_("Switched on the plugin {name}.").format(name=name))
    tell_plan(plan)
    tell_notes(notes)
    say(_("Installed {name} {version}.").format(name=found.name, version=found.version))
    note(_("`crm changes undo {act}` takes it back.").format(act=act))
