"""`crm secret`: passwords and keys of channels, in the keyring of this computer."""

from __future__ import annotations

import sys

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import group, json_option
from crmcore.cli.output import Column, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

command = group(
    mark(
        "Passwords and keys of channels: kept in this computer's keyring, or read from CRM_SECRET_… "
        "variables; never in the shop's database, a pack or a log."
    )
)


@command.command("list", help=mark("List the secrets that channels ask for, and where each stands."))
@json_option
@pass_app
def list_secrets(app: App, as_json: bool) -> None:
    """List them; what they are is never shown."""
    needed = app.shop.channels.secrets_asked_for()
    if as_json:
        rows = [
            {"name": one.name, "channel": one.channel, "needed": one.needed, "place": one.place}
            for one in needed
        ]
        print_json({"secrets": rows})
        return
    places = {"environment": _("environment"), "keyring": _("keyring")}
    columns = [Column(_("Name"), whole=True), Column(_("Channel")), Column(_("Stands in")), Column("")]
    table(
        columns,
        [
            (one.name, one.channel, places.get(one.place, "-"), "" if one.needed else _("optional"))
            for one in needed
        ],
    )


@command.command("set", help=mark("Keep a secret in the keyring; it is asked for, or read from a pipe."))
@click.argument("name")
@json_option
@pass_app
def set_secret(app: App, name: str, as_json: bool) -> None:
    """Keep it. It is never an argument: those stand in the shell's history and in the list of processes."""
    channels = app.shop.channels
    channels.refuse_unknown_secret(name)  # before anybody types
    if sys.stdin.isatty():
        value = click.prompt(_("The secret"), hide_input=True, confirmation_prompt=True, err=True)
    else:
        value = sys.stdin.read().rstrip("\r\n")
    channels.keep_secret(name, value)
    if as_json:
        print_json({"name": name, "place": "keyring"})
    else:
        say(_("Kept {name} in the keyring.").format(name=name))


@command.command("remove", help=mark("Take a secret out of the keyring."))
@click.argument("name")
@json_option
@pass_app
def remove(app: App, name: str, as_json: bool) -> None:
    """Take it out."""
    gone = app.shop.channels.forget_secret(name)
    if as_json:
        print_json({"name": name, "removed": gone})
    elif gone:
        say(_("Took {name} out of the keyring.").format(name=name))
    else:
        say(_("The keyring has no {name}.").format(name=name))
