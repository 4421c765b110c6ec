"""`crm restore`: a backup back in the place of the database."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.asking import sure, yes_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import Progress, note, print_json, say
from crmcore.config import hide_password
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, ngettext


@crm_command(
    mark(
        "Put a backup in the place of everything the shop holds. What it held is backed up first, into the "
        "shop's folder `backups`."
    )
)
@click.argument("file", type=click.Path(path_type=Path))
@yes_option
@json_option
@pass_app
def command(app: App, file: Path, yes: bool, as_json: bool) -> None:
    """Ask, restore, say where the former state is."""
    from crmcore.restoring import restore

    named = app.require_named()
    sure(_("Replace everything in {shop} by {file}?").format(shop=hide_password(named), file=file), yes)
    with Progress() as progress:
        done = restore(named, file, progress)
    if as_json:
        print_json(
            {
                "file": str(file),
                "kept": str(done.kept) if done.kept else None,
                "erased_again": list(done.erased),
                "refusals_missing": done.unknown_since is not None,
            }
        )
        return
    say(_("Restored {file}.").format(file=file))
    if done.kept:
        say(_("What the shop held before is in {file}.").format(file=done.kept))
    if done.erased:
        text = ngettext(
            "{count} customer was erased after this backup, and is erased in it now.",
            "{count} customers were erased after this backup, and are erased in it now.",
            len(done.erased),
        )
        say(text.format(count=len(done.erased)))
    if done.unknown_since is not None:
        note(
            _(
                "who said no or was erased since {day} is not known here: erase them again (crm customer "
                "forget ID), and read the list of refusals (crm consent import FILE.csv)"
            ).format(day=done.unknown_since.isoformat())
        )
