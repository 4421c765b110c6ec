"""`crm check`: whether the database is whole."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Check the database: the file itself, records that point at nothing, customers that cannot be found. "
        "Exit code 1 when something is wrong."
    )
)
@option("--rebuild", is_flag=True, help=mark("Work out every customer's figures and search entry first."))
@json_option
@pass_app
def command(app: App, rebuild: bool, as_json: bool) -> None:
    """Check and list what is wrong."""
    from crmcore.campaigns.refusals import missing_since
    from crmcore.store.checks import problems

    shop = app.shop
    shop.permit("check")
    if rebuild:
        shop.rebuild()
    found = problems(shop.facts)
    with shop.database.read() as connection:
        missing = missing_since(connection) is not None
    if as_json:
        print_json(
            {
                "ok": not found,
                "refusals_missing": missing,
                "problems": [{"what": p.what, "count": p.count} for p in found],
            }
        )
    elif not found:
        say(_("The database is whole."))
    else:
        for problem in found:
            say(f"{problem.count:,}  {problem.what}")
        say(_("`crm check --rebuild` mends what can be worked out again; else restore a backup."))
    if missing:
        note(
            _(
                "Who said no since the backup is not known, so no promotion goes out: "
                'crm consent import FILE.csv, or crm consent complete "…"'
            )
        )
    if found:
        raise click.exceptions.Exit(1)
