"""`crm plugin test`: everything a plugin brings, tried out."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import Whole, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

_SIGNS = {"ok": "✓", "warning": "!", "error": "✗"}


@crm_command(
    mark("Try everything a plugin brings, in a process of its own. Exit code 1 when something fails.")
)
@click.argument("name")
@option(
    "--mine",
    "count",
    type=Whole(1, 5_000),
    metavar="N",
    help=mark("Try it on the N newest customers of this shop, not on made-up ones; nothing is written."),
)
@json_option
@pass_app
def command(app: App, name: str, count: int | None, as_json: bool) -> None:
    """Try it and list the findings."""
    from crmcore.hooks.discovery import require_name
    from crmcore.hooks.testing import test_plugin

    shop = app.shop
    require_name(shop.plugin_config, name)
    people = None if count is None else shop.python_facts.newest(count)
    norms = partial(shop.norms.tables, name)
    findings = test_plugin(shop.plugin_config, name, histories=people, around=shop.around, norms=norms)
    if as_json:
        print_json({"plugin": name, "findings": [asdict(one) for one in findings]})
    else:
        for one in findings:
            say(f"{_SIGNS.get(one.level, one.level)} {one.what}: {one.message}")
            for line in one.detail.splitlines():
                say(f"    {line}")
    failed = sum(one.level == "error" for one in findings)
    if failed:
        if not as_json:
            say(_("{count} things fail.").format(count=failed))
        raise click.exceptions.Exit(1)
