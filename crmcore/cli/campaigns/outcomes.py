"""`crm campaign outcomes`."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.shown import word


@crm_command(
    mark(
        "What came back: read a gateway's report (csv with the columns key, reference or address; what; at; "
        "text) or a list of used codes (code, order), or fetch it from a channel. Read twice, it counts once."
    )
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@option("--campaign", help=mark("Only messages of this campaign."))
@option("--channel", help=mark("Fetch it from this channel."))
@json_option
@pass_app
def command(app: App, file: Path | None, campaign: str | None, channel: str | None, as_json: bool) -> None:
    """Read or fetch, and count."""
    from crmcore.campaigns import coming_back

    if (file is None) == (channel is None):
        raise click.UsageError(_("name a file, or a channel with --channel"))
    if file is not None:
        told = coming_back.read_outcomes(app.shop, campaign, file)
    else:
        told = coming_back.fetch(app.shop, str(channel))
    if as_json:
        print_json(told.as_json())
    else:
        new = joined(f"{word(name)} {number:,}" for name, number in told.new.items()) or "0"
        say(
            _("{read} read: new {new}; known {same}").format(
                read=f"{told.read:,}", new=new, same=f"{told.same:,}"
            )
        )
        for line, why in told.problems[:10]:
            note(_("line {line}: {why}").format(line=line, why=why))
    if told.problems:
        click.get_current_context().exit(3)
