"""`crm pack upgrade`."""

from __future__ import annotations

import click

from crmcore.cli import edge
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NAME_OR_FILE, json_option, option, set_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import note, print_json, say
from crmcore.cli.packs.told import tell_faults, tell_notes, tell_plan
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Put a newer version of a pack in the place of the installed one. What the shop edited stays; where "
        "the text under an edit changed, say whose stays: --keep mine, --keep theirs, or one by one. Without "
        "a choice nothing is changed and the conflicts are listed."
    )
)
@click.argument("pack", type=NAME_OR_FILE)
@option(
    "--keep",
    multiple=True,
    metavar="[ITEM=]WHOSE",
    help=mark("mine or theirs, for all or for one item: --keep segments/lapsed_big=theirs."),
)
@set_option
@json_option
@pass_app
def command(app: App, pack: str, keep: tuple[str, ...], values: dict[str, str], as_json: bool) -> None:
    """Upgrade it; exit code 1 when a choice is missing."""
    from crmcore.packs.applying import UnsettledError
    from crmcore.packs.faults import PackError
    from crmcore.packs.manifest import newer
    from crmcore.packs.plan import choices_from

    packs = app.shop.packs
    try:
        source, found = packs.find(pack)
        choices = choices_from(keep, packs.plan(found, values))
        notes = packs.notes(found, values)
        plan, act = packs.upgrade(source, found, choices, values)
    except PackError as error:
        tell_faults(error, as_json)
        return
    except UnsettledError as error:
        if not as_json:
            raise
        print_json({"upgraded": False, "conflicts": [one.as_json() for one in error.plan.conflicts]})
        raise click.exceptions.Exit(edge.FAILED) from None
    if as_json:
        print_json({"upgraded": True, "change": act, "notes": notes, **plan.as_json()})
        return
    tell_plan(plan)
    tell_notes(notes)
    if plan.before and newer(plan.before, found.version):
        note(_("{version} is older than what was installed.").format(version=found.version))
    if plan.before == plan.after:
        say(_("{name} {version} was installed already.").format(name=plan.pack, version=plan.after))
    else:
        say(
            _("Upgraded {name} from {before} to {after}.").format(
                name=plan.pack, before=plan.before, after=plan.after
            )
        )
    note(_("`crm changes undo {act}` takes it back.").format(act=act))
