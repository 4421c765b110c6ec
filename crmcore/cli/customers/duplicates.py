"""`crm customer duplicates`."""

from __future__ import annotations

from dataclasses import asdict

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, HowMany, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "List records that may be one person, and why. Nobody is merged without somebody saying so: "
        "--merge N says yes to the pair of that number, --refuse N says no for good."
    )
)
@option("--limit", type=HowMany(min=1), default=50, show_default=True, help=mark("At most so many."))
@option("--merge", "merge_number", type=NUMBER, metavar="N", help=mark("Merge the pair of that number."))
@option("--refuse", "refuse_number", type=NUMBER, metavar="N", help=mark("They are two people."))
@json_option
@pass_app
def command(app: App, limit: int, merge_number: int | None, refuse_number: int | None, as_json: bool) -> None:
    """List the pairs, or settle one."""
    from crmcore.people import People

    people = People(app.shop)
    if merge_number is not None and refuse_number is not None:
        raise UsageError(_("say either --merge or --refuse"))
    if merge_number is not None:
        kept = people.settle(merge_number, same=True)
        _tell({"pair": merge_number, "id": kept}, _("They are customer {id} now.").format(id=kept), as_json)
        return
    if refuse_number is not None:
        people.settle(refuse_number, same=False)
        _tell({"pair": refuse_number, "refused": True}, _("They stay two people."), as_json)
        return
    count, found = people.duplicates(limit)
    if as_json:
        print_json({"count": count, "candidates": [asdict(one) for one in found]})
        return
    columns = [Column(_("Pair"), right=True), Column(_("Customer"), right=True), Column(_("Name"))]
    table(
        [*columns, Column(_("Customer"), right=True), Column(_("Name")), Column(_("Why"))],
        [(one.id, one.a_id, one.a_name, one.b_id, one.b_name, one.reason) for one in found],
    )
    if not found:
        note(_("No two records look like one person."))
    if count > len(found):
        note(_("{shown} of {count}").format(shown=len(found), count=f"{count:,}"))


def _tell(document: dict[str, object], text: str, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        say(text)
