"""`crm customer export`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, json_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import print_json, say
from crmcore.errors import FileError, system_reason
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.temporary import draft_of


@crm_command(mark("Everything that is held on a customer, as JSON: into FILE, or onto the screen."))
@click.argument("customer", type=NUMBER, metavar="ID")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@json_option
@pass_app
def command(app: App, customer: int, file: Path | None, as_json: bool) -> None:
    """Collect and write it."""
    from crmcore.people import People

    held = People(app.shop).held_on(customer)
    if file is None:
        print_json(held)
        return
    text = json.dumps(held, ensure_ascii=False, indent=2) + "\n"
    try:
        if file.is_symlink() or (file.exists() and not file.is_file()):
            _into(file, text)  # a pipe, /dev/stdout: nothing can take its place
        else:
            with draft_of(file) as draft:
                _into(draft, text)
    except OSError as error:
        raise FileError(
            _("{file} cannot be written: {reason}").format(file=file, reason=system_reason(error))
        ) from error
    if as_json:
        print_json({"id": held["id"], "file": str(file)})
    else:
        say(_("Wrote {file}.").format(file=file))


def _into(file: Path, text: str) -> None:
    file.write_text(text, "utf-8", errors="backslashreplace")
