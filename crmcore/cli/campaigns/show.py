"""`crm campaign show`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import print_json, say
from crmcore.i18n import mark
from crmcore.shown import word


@crm_command(mark("Show what a campaign says, as YAML that `new --file` reads."))
@click.argument("name")
@json_option
@pass_app
def command(app: App, name: str, as_json: bool) -> None:
    """Print its body."""
    found = app.shop.campaigns.get(name)
    if as_json:
        print_json({"campaign": name, "state": found.row.state, "body": found.body.as_json()})
        return
    import yaml

    say(f"# {found.row.name}, {found.row.kind}, {word(found.row.state)}")
    for line in yaml.safe_dump(found.body.as_json(), allow_unicode=True, sort_keys=False).splitlines():
        say(line)
