"""`crm segment preview`: what a rule that is being written would find, within the blink of an eye."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import as_of_option, json_option, option, set_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark("Say how many a rule would find, which share, and a few of them; an estimate where more takes long.")
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@option("--exact", is_flag=True, help=mark("Count everybody, however long that takes."))
@set_option
@as_of_option
@json_option
@pass_app
def command(
    app: App, file: Path, exact: bool, values: dict[str, str], as_of: str | None, as_json: bool
) -> None:
    """Show the preview."""
    from crmcore.segments.files import load_file
    from crmcore.segments.preview import PATIENCE, Previews

    shop = app.fresh_shop
    patience = None if exact else PATIENCE
    found = Previews(shop.segments).look(load_file(file), app.day(as_of), values, patience=patience)
    if as_json:
        print_json(found.as_json())
        return
    about = "" if found.exact else "≈ "
    say(
        _("{about}{count} of {everybody} customers ({share})").format(
            about=about,
            count=f"{found.count:,}",
            everybody=f"{found.everybody:,}",
            share=f"{found.share:.1%}",
        )
    )
    table(
        [Column(_("Customer"), right=True), Column(_("Name"))], [(one.id, one.name) for one in found.sample]
    )
    if not found.exact:
        note(
            _("An estimate, off by {margin} at most, most likely; --exact counts.").format(
                margin=f"{found.margin:,}"
            )
        )
    note(_("{time} ms").format(time=round(found.milliseconds)))
