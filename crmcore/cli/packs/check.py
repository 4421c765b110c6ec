"""`crm pack check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crmcore.cli import edge
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NAME_OR_FILE, json_option, set_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, print_json, say, table
from crmcore.cli.packs.told import tell_faults, tell_notes, tell_unfit
from crmcore.i18n import clauses, mark
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.packs.packs import Checked


@crm_command(
    mark(
        "Put a pack to this shop's data: who would be in each segment, which rule never fires, which field "
        "is empty; and run the pack's own tests. Nothing is changed."
    )
)
@click.argument("pack", type=NAME_OR_FILE)
@set_option
@json_option
@pass_app
def command(app: App, pack: str, values: dict[str, str], as_json: bool) -> None:
    """Check it; exit code 1 when it cannot be used here."""
    from crmcore.packs.faults import PackError

    packs = app.fresh_shop.packs
    try:
        _source, found = packs.find(pack)
        checked = packs.check(found, values)
    except PackError as error:
        tell_faults(error, as_json)
        return
    if as_json:
        print_json(checked.as_json())
    else:
        _tell(checked)
    if not checked.usable:
        raise click.exceptions.Exit(edge.FAILED)


def _tell(checked: Checked) -> None:
    say(f"{checked.pack.name} {checked.pack.version}  {checked.pack.manifest.shown}")
    tell_unfit(checked.missing, checked.misfits)
    rows = []
    for one in checked.segments:
        count = "–" if one.count is None else f"{one.count:,}"
        share = "" if one.count is None else f"{one.share:.1%}"
        rows.append((one.name, one.title, count, share, clauses(one.remarks) or one.error or ""))
    if rows:
        columns = [Column(_("Segment")), Column(_("Title")), Column(_("People"), right=True)]
        table([*columns, Column(_("Share"), right=True), Column(_("Remark"))], rows)
    tell_notes(checked.notes)
    for case in checked.cases:
        named = _("test {title}").format(title=case.title)
        say(f"{'✓' if case.passed else '✗'} {named}")
        for fault_text in case.faults:
            say(f"    {fault_text}")
