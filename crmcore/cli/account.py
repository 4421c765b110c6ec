"""`crm account`: who may sign in from a browser."""

from __future__ import annotations

import sys

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import group, json_option, option
from crmcore.cli.output import print_json, say
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

command = group(mark("Who may sign in from a browser (see `crm serve`)."))


@command.command("list", help=mark("List the accounts."))
@json_option
@pass_app
def list_them(app: App, as_json: bool) -> None:
    """List them."""
    from crmcore.accounts import Accounts

    names = Accounts(app.shop.documents).names()
    if as_json:
        print_json({"accounts": [{"name": name} for name in names]})
        return
    for name in names:
        say(name)
    if not names:
        say(_("nobody can sign in yet: crm account add NAME"))


@command.command("add", help=mark("Let somebody sign in. Asks for the password, twice."))
@click.argument("name")
@option("--password-stdin", is_flag=True, help=mark("Read the password from standard input."))
@json_option
@pass_app
def add(app: App, name: str, password_stdin: bool, as_json: bool) -> None:
    """Add one."""
    from crmcore.accounts import Accounts

    app.shop.permit("account.add")
    Accounts(app.shop.documents).add(name, _password(password_stdin))
    _tell({"name": name}, _("{name} can sign in now."), as_json)


@command.command("password", help=mark("Give an account another password."))
@click.argument("name")
@option("--password-stdin", is_flag=True, help=mark("Read the password from standard input."))
@json_option
@pass_app
def change(app: App, name: str, password_stdin: bool, as_json: bool) -> None:
    """Change it."""
    from crmcore.accounts import Accounts

    app.shop.permit("account.password")
    Accounts(app.shop.documents).change(name, _password(password_stdin))
    _tell({"name": name, "changed": True}, _("{name} has a new password."), as_json)


@command.command("remove", help=mark("Let somebody sign in no more. What they did stays under their name."))
@click.argument("name")
@json_option
@pass_app
def remove(app: App, name: str, as_json: bool) -> None:
    """Remove it."""
    from crmcore.accounts import Accounts

    app.shop.permit("account.remove")
    Accounts(app.shop.documents).remove(name)
    _tell({"name": name, "removed": True}, _("{name} cannot sign in any more."), as_json)


def _tell(document: dict[str, object], text: str, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        say(text.format(name=document["name"]))


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError(_("nobody is here to type a password: use --password-stdin"))
    typed: str = click.prompt(_("Password"), hide_input=True, confirmation_prompt=True, err=True)
    return typed
