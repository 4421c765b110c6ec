"""`crm template words`: the words that no promotion may hold, and what the shop calls itself."""

from __future__ import annotations

from dataclasses import replace

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import group, json_option
from crmcore.cli.output import Column, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark

command = group(mark("Words that no promotion may hold: those that ship, and the shop's own."))


@command.command("list", help=mark("List the words, and whose list each stands on."))
@json_option
@pass_app
def list_words(app: App, as_json: bool) -> None:
    """List them."""
    words = app.shop.templates.words
    if as_json:
        rows = [{"word": one.word, "list": one.list} for one in words.all()]
        print_json({"words": rows, "allowed": list(words.allowed)})
        return
    lists = {"law": _("Advertising Law"), "gateway": _("gateways"), "shop": _("the shop's own")}
    table([Column(_("Word")), Column(_("From"))], [(one.word, lists[one.list]) for one in words.all()])
    if words.allowed:
        say(_("Allowed: {words}").format(words=joined(words.allowed)))


@command.command("add", help=mark("Forbid words of the shop's own."))
@click.argument("words", nargs=-1, required=True)
@json_option
@pass_app
def add(app: App, words: tuple[str, ...], as_json: bool) -> None:
    """Forbid them."""
    _refuse_blank(words)
    kept = app.shop.templates.words
    own = tuple(dict.fromkeys([*kept.own, *words]))
    allowed = tuple(one for one in kept.allowed if one not in words)
    app.shop.templates.save_words(replace(kept, own=own, allowed=allowed))
    _told(list(words), as_json, _("Forbidden from now on: {words}"))


@command.command("allow", help=mark("Allow words in this shop, or words that hold one of them."))
@click.argument("words", nargs=-1, required=True)
@json_option
@pass_app
def allow(app: App, words: tuple[str, ...], as_json: bool) -> None:
    """Allow them."""
    _refuse_blank(words)
    kept = app.shop.templates.words
    own = tuple(one for one in kept.own if one not in words)
    allowed = tuple(dict.fromkeys([*kept.allowed, *words]))
    app.shop.templates.save_words(replace(kept, own=own, allowed=allowed))
    _told(list(words), as_json, _("Allowed from now on: {words}"))


@command.command("shop", help=mark("Say what the shop calls itself in messages."))
@click.argument("name")
@json_option
@pass_app
def shop(app: App, name: str, as_json: bool) -> None:
    """Keep it: {{ shop }} and #店铺名# in templates."""
    app.shop.templates.save_shop_name(name)
    if as_json:
        print_json({"shop": name})
    else:
        say(_("The shop calls itself {name}.").format(name=name))


def _refuse_blank(words: tuple[str, ...]) -> None:
    if not all(one.strip() for one in words):
        raise click.UsageError(_("a word is empty: write the words to look for"))


def _told(words: list[str], as_json: bool, sentence: str) -> None:
    if as_json:
        print_json({"words": words})
    else:
        say(sentence.format(words=joined(words)))
