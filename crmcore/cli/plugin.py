"""`crm plugin`: which plugins there are, how they fare, what they are set to."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.asking import sure, yes_option
from crmcore.cli.base import group, json_option, option, set_option
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.cli.packs.told import faults_told, tell_faults
from crmcore.hooks.results import OFF
from crmcore.hooks.setting_types import choices_of, expected
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.shown import labelled, plugin_word, word

if TYPE_CHECKING:
    from crmcore.hooks.results import PluginInfo

command = group(
    mark(
        "Plugins: importers, segment rules and more. A broken one is listed as failed and hurts nobody else."
    ),
    lazy={
        "new": ("crmcore.cli.plugin_new", mark("Write a plugin's first lines into the shop's folder.")),
        "test": ("crmcore.cli.plugin_test", mark("Try a plugin out: everything it brings, piece by piece.")),
    },
)


@command.command("list", help=mark("List every plugin, with its state."))
@json_option
@pass_app
def list_plugins(app: App, as_json: bool) -> None:
    """List them, failed ones with the reason."""
    found = app.shop.plugins.plugins()
    if as_json:
        print_json({"plugins": [as_document(one) for one in found]})
        return
    columns = [Column(_("Name")), Column(_("Family")), Column(_("Version")), Column(_("State"))]
    table(
        [*columns, Column(_("From")), Column(_("Error"))],
        [
            (
                one.name,
                plugin_word(one.family),
                one.version,
                word(one.state),
                plugin_word(one.source),
                one.error,
            )
            for one in found
        ],
    )
    if waiting := [one.name for one in found if one.optional and one.state == OFF]:
        text = _("Off until you want them: {names}. Switch one on: crm plugin enable {first}")
        note(text.format(names=joined(waiting), first=waiting[0]))


@command.command("info", help=mark("Show what a plugin brings and what it is set to."))
@click.argument("name")
@json_option
@pass_app
def info(app: App, name: str, as_json: bool) -> None:
    """Show it."""
    from crmcore.desk.plugin_view import SORTS, sorts_brought

    manager = app.shop.plugins
    found = manager.info(name)
    brings = {
        what: [str(getattr(value, "name", value)) for plugin, value in results.values if plugin == name]
        for what, results in sorts_brought(manager).items()
    }
    if as_json:
        document = {**as_document(found), "description": found.description, "hooks": list(found.hooks)}
        print_json({**document, "brings": {what: names for what, names in brings.items() if names}})
        return
    say(f"{found.name} {found.version}  {word(found.state)}  {plugin_word(found.source)}")
    for line in (found.description, found.error):
        if line:
            say(line)
    for what, names in brings.items():
        if names:
            say(labelled(_(SORTS[what]), joined(names)))
    for one in app.shop.norms.all() if brings["norms"] else ():
        if one.plugin == name and one.on is not None:
            text = _("{norm}: what is usual, in {rows} rows, as worked out on {day}")
            say(text.format(norm=one.norm.name, rows=one.rows, day=one.on))


@command.command("enable", help=mark("Switch a plugin on."))
@click.argument("name")
@yes_option
@json_option
@pass_app
def enable(app: App, name: str, yes: bool, as_json: bool) -> None:
    """Switch it on."""
    _switch(app, name, yes, as_json, on=True)


@command.command(
    "disable",
    help=mark(
        "Switch a plugin off. Its records stay. What would not work without it is named, and asked about."
    ),
)
@click.argument("name")
@yes_option
@json_option
@pass_app
def disable(app: App, name: str, yes: bool, as_json: bool) -> None:
    """Switch it off."""
    _switch(app, name, yes, as_json, on=False)


def _switch(app: App, name: str, yes: bool, as_json: bool, *, on: bool) -> None:
    """Switch it; where something would not work any more, only when somebody says yes to that."""
    from crmcore.packs.switching import StillUsedError

    try:
        stopped = app.shop.switch_plugin(name, on=on, anyway=yes)
    except StillUsedError as error:
        if as_json:
            tell_faults(error, as_json)
        for line in str(error).splitlines():
            note(line)
        text = _("Switch {name} on all the same?") if on else _("Switch {name} off all the same?")
        sure(text.format(name=name), yes)
        app.shop.switch_plugin(name, on=on, anyway=True)
        stopped = []
    found = app.shop.plugins.info(name)
    if as_json:
        print_json({**as_document(found), "stopped": [fault.as_json() for fault in stopped]})
        return
    for fault in stopped:
        note(_("Works no more: {what}").format(what=fault))
    say(_("{name} is {state}.").format(name=name, state=word(found.state)))


@command.command("settings", help=mark("Show a plugin's settings, or change them with --set."))
@click.argument("name")
@set_option
@option("--reset", is_flag=True, help=mark("Back to the plugin's own values first."))
@json_option
@pass_app
def settings(app: App, name: str, values: dict[str, str], reset: bool, as_json: bool) -> None:
    """Show or change them."""
    shop = app.shop
    if values or reset:
        with faults_told(as_json):
            shop.change_plugin_settings(name, values, reset=reset)
    fields = shop.plugins.settings_fields(name)
    kept = shop.plugin_config.settings.get(name, {})
    rows = [
        (one.name, kept.get(one.name, one.default), one.type_name, one.default, one.doc) for one in fields
    ]
    if as_json:
        keys = ("name", "value", "type", "default", "doc")
        print_json({"plugin": name, "settings": [dict(zip(keys, row, strict=True)) for row in rows]})
        return
    if not rows:
        note(_("{name} has no settings.").format(name=name))
        return
    titles = (_("Setting"), _("Value"), _("Type"), _("Default"), _("What it means"))
    kinds = [" | ".join(choices_of(one.type)) or expected(one.type) for one in fields]
    table(
        [Column(title) for title in titles],
        [(*row[:2], kind, *row[3:]) for row, kind in zip(rows, kinds, strict=True)],
    )


def as_document(one: PluginInfo) -> dict[str, object]:
    """A plugin's row in JSON."""
    keys = ("name", "family", "version", "source", "state", "error")
    return {key: value for key, value in asdict(one).items() if key in keys}
