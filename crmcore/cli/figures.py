"""`crm figures`: what the shop knows of days, products and the market; told by hand where no file does."""

from __future__ import annotations

import json

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import Choice, HowMany, group, json_option, option, set_option
from crmcore.cli.output import Column, note, print_json, table
from crmcore.hooks.import_fields import FIGURES
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark

command = group(
    mark(
        "Daily figures that reports use: traffic (visitors), product (cost, stock), market (searches). "
        "Files of them come in by `crm import` with a mapping whose record is traffic, product or market."
    )
)
_kind = click.argument("kind", type=Choice(FIGURES))


@command.command("list", help=mark("List the newest figures of a kind."))
@_kind
@option("--limit", type=HowMany(min=1), default=30, show_default=True, help=mark("At most so many."))
@json_option
@pass_app
def list_them(app: App, kind: str, limit: int, as_json: bool) -> None:
    """List them."""
    from crmcore.store.figures import listed

    with app.shop.database.read() as connection:
        rows = [
            {**row._mapping, "figures": json.loads(row.figures)} for row in listed(connection, kind, limit)
        ]
    if as_json:
        print_json({"kind": kind, "figures": rows})
        return
    columns = [Column(_("Day"), whole=True), Column(_("Source")), Column(_("What")), Column(_("Figures"))]
    table(
        columns,
        [
            (
                row["day"],
                row["source"],
                " ".join(filter(None, (row["subject"], row["part"], row["place"]))),
                joined(f"{name} {value}" for name, value in row["figures"].items()),
            )
            for row in rows
        ],
    )
    if not rows:
        note(_("No figures yet: `crm figures set`, or `crm import --mapping` of a file that has them."))


@command.command(
    "set",
    help=mark(
        "Tell figures by hand: --set sku=S1 --set cost=12.50. Money is in major units; the rest stays."
    ),
)
@_kind
@set_option
@json_option
@pass_app
def set_them(app: App, kind: str, values: dict[str, str], as_json: bool) -> None:
    """Keep them."""
    from crmcore.importing.figures import by_hand

    did = by_hand(app.shop, kind, values)
    if as_json:
        print_json({"kind": kind, "result": did})
        return
    note(_("kept") if did != "same" else _("that was known already"))
