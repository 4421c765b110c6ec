"""`crm channel`: the ways on which messages reach customers."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, group, json_option, option
from crmcore.cli.output import Column, print_json, say, table
from crmcore.cli.receipts import tell_receipt
from crmcore.hooks.channels import Channel
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import labelled

command = group(mark("Channels: the ways on which messages reach customers. Campaigns send by them."))


@command.command("list", help=mark("List the channels."))
@json_option
@pass_app
def list_channels(app: App, as_json: bool) -> None:
    """List them with what each still lacks."""
    if as_json:
        known = app.shop.channels
        found = [_document(one, plugin, known.missing_secrets(one.name)) for plugin, one in known.all()]
        print_json({"channels": found})
        return
    from crmcore.desk.channel_view import channels

    columns = [
        Column(_("Name"), whole=True),
        Column(_("Title")),
        Column(_("Reaches by")),
        Column(_("Sent")),
        Column(_("Missing")),
    ]
    rows = [(one.name, one.title, one.reaches_by, one.worked, one.missing) for one in channels(app.shop)]
    table(columns, rows)


@command.command("info", help=mark("Say what a channel is good for, what it costs and what it needs."))
@click.argument("name")
@json_option
@pass_app
def info(app: App, name: str, as_json: bool) -> None:
    """Show it."""
    if as_json:
        known = app.shop.channels
        channel = known.get(name)
        found = _document(channel, known.plugin_of(name), known.missing_secrets(name))
        print_json({**found, "about": dict(channel.about)})
        return
    from crmcore.desk.channel_view import channel as sheet

    one = sheet(app.shop, name)
    say(f"{one.name}: {one.title}")
    for what, words in one.told:
        say(labelled(what, words))
    say(_("Settings: crm plugin settings {plugin}").format(plugin=one.plugin))


@command.command("check", help=mark("Try a channel's connection; nothing is sent."))
@click.argument("name")
@json_option
@pass_app
def check(app: App, name: str, as_json: bool) -> None:
    """Try it; what is wrong is said on stderr, exit code 1."""
    from crmcore.desk.channel_view import connect

    answer = connect(app.shop, name)
    if as_json:
        print_json({"channel": name, "answer": answer})
    else:
        say(f"{name}: {answer}")


@command.command("test", help=mark("Send one test message to yourself."))
@click.argument("name")
@option("--to", required=True, help=mark("The address: an e-mail, a phone number, an id."))
@option("--text", default="", help=mark("What to send."))
@option("--template", default="", help=mark("The template to send, written out for --customer."))
@option("--customer", type=NUMBER, help=mark("The customer that the template is written out for."))
@json_option
@pass_app
def test(app: App, name: str, to: str, text: str, template: str, customer: int | None, as_json: bool) -> None:
    """Send it and say what became of it; exit code 1 unless it was accepted."""
    from crmcore.desk.channel_view import own_words
    from crmcore.messages.trial import send_test

    shop = app.fresh_shop if template else app.shop
    with own_words(name):
        receipt = send_test(shop, name, to, text=text, template=template, customer=customer)
    tell_receipt(receipt, {"channel": name, "to": to}, as_json)


def _document(channel: Channel, plugin: str, missing: list[str]) -> dict[str, object]:
    return {
        "name": channel.name,
        "title": {"zh": channel.zh, "en": channel.en},
        "plugin": plugin,
        "address_kinds": list(channel.address_kinds),
        "manual": channel.manual,
        "per_person": channel.per_person,
        "purposes": list(channel.purposes),
        "missing_secrets": missing,
    }
