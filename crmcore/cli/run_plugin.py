"""`crm run-plugin`: what plugins offer to do, from a script."""

from __future__ import annotations

import click

from crmcore.cli import edge
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NAME_OR_FILE, json_option, set_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Run a plugin's main action: an importer imports the files in ARG, segment rules count the segments "
        "in ARG, a report is worked out, an action does what it says. NAME alone lists what the plugin "
        "offers, with counts."
    )
)
@click.argument("name")
@click.argument("args", nargs=-1, type=NAME_OR_FILE, metavar="[ARG]…")
@set_option
@json_option
@pass_app
def command(app: App, name: str, args: tuple[str, ...], values: dict[str, str], as_json: bool) -> None:
    """Run it and print what came of it."""
    from crmcore.running import offered, run

    if not args and not values and not as_json:
        columns = [Column(_("Name")), Column(_("What")), Column(_("Title")), Column(_("Count"), right=True)]
        rows = [
            (one.offer.name, one.offer.kind.value, one.offer.title, one.count)
            for one in offered(app.fresh_shop, name)
        ]
        info = app.shop.plugins.info(name)
        if not rows and info.error:
            raise CrmError(_("plugin {name!r} has failed: {error}").format(name=name, error=info.error))
        table(columns, rows)
        return
    done = run(app.fresh_shop, name, list(args), values)
    if as_json:
        print_json(
            {"plugin": done.plugin, "action": done.action, "result": done.result, "warnings": done.warnings}
        )
    elif done.report is not None:
        from crmcore.cli.report import print_tables

        print_tables(done.report)
    else:
        _say_result(done.result)
    for warning in done.warnings:
        note(warning)
    if done.set_aside:
        raise click.exceptions.Exit(edge.SET_ASIDE)


def _say_result(result: object, depth: int = 0) -> None:
    """Plain data as indented lines."""
    blanks = "  " * depth
    if isinstance(result, dict):
        for key, value in result.items():
            if isinstance(value, dict | list):
                say(f"{blanks}{key}:")
                _say_result(value, depth + 1)
            else:
                say(f"{blanks}{key}: {value}")
    elif isinstance(result, list):
        for index, value in enumerate(result):
            if index and isinstance(value, dict):
                say()
            _say_result(value, depth)
    elif result is not None:
        say(f"{blanks}{result}")
