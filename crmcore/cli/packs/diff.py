"""`crm pack diff`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NAME_OR_FILE, json_option, option, set_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import print_json, say
from crmcore.cli.packs.told import tell_faults, tell_plan, tell_texts
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Show, text by text, what installing a pack, or upgrading to it, would change; what you edited "
        "stands beside the pack's. With --remove: what removing it would change."
    )
)
@click.argument("pack", type=NAME_OR_FILE)
@option("--remove", is_flag=True, help=mark("Look at removing it."))
@set_option
@json_option
@pass_app
def command(app: App, pack: str, remove: bool, values: dict[str, str], as_json: bool) -> None:
    """Plan it and show the texts."""
    from crmcore.packs.faults import PackError

    packs = app.shop.packs
    try:
        plan = packs.plan_removal(pack) if remove else packs.plan(packs.find(pack)[1], values)
    except PackError as error:
        tell_faults(error, as_json)
        return
    if as_json:
        print_json(plan.as_json())
        return
    say(
        _("{pack}: {before} → {after}").format(
            pack=plan.pack, before=plan.before or "–", after=plan.after or "–"
        )
    )
    tell_plan(plan)
    for item in plan.items:
        if item.state.value != "same":
            tell_texts(item)
