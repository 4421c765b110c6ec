"""`crm demo`: a shop full of made-up customers, and a tour of it."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmcore import config, wide
from crmcore.cli import edge
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark, sentences, speaking, title_of
from crmcore.shown import fact, labelled, moment, money

if TYPE_CHECKING:
    from crmcore.demo.tour import Tour
    from crmcore.shop import Shop

_FACTS = (
    "orders", "total_spent", "average_order_value", "first_order_at", "last_order_at",
    "order_gap_days", "refunds_total", "complaints_open", "promises_open",
)  # fmt: skip


@crm_command(
    mark(
        "Make a shop full of made-up customers from files in the platforms' own layouts, imported like any "
        "other, and walk through it. Its history ends yesterday. A second run uses the same shop again."
    )
)
@click.argument("path", type=click.Path(path_type=Path, file_okay=False), required=False)
@option("--no-ui", is_flag=True, help=mark("Print the tour and end."))
@option("--refresh", is_flag=True, help=mark("Make an older demo anew, so that its history ends yesterday."))
@json_option
@pass_app
def command(app: App, path: Path | None, no_ui: bool, refresh: bool, as_json: bool) -> int:
    """Make or open the demo; then the UI for a person at a terminal, else the tour in print."""
    from crmcore.demo import making
    from crmcore.demo.tour import take_tour

    with_ui = sys.stdin.isatty() and sys.stdout.isatty() and not (no_ui or as_json)
    folder = (path or making.default_folder()).expanduser().absolute()
    # A new demo speaks as its maker does, not as the shop that was opened last.
    edge.speak(app.chosen_language or config.peek_language(str(folder)) or app.system_language)
    state = making.state_of(folder)
    if (refresh or _grown_old(state, folder)) and state is not None and state.done:
        shop = making.refresh(folder, note)
    else:
        shop = making.open_demo(folder, note)
    with shop:
        config.remember_opened(shop.place)
        news = _in_another_language(app, folder, shop.settings.language)
        if not app.chosen_language:
            edge.speak(shop.settings.language)
        if not with_ui:
            if news:
                note(news)
            tour = take_tour(shop, _program())
            if as_json:
                print_json(tour.as_json())
            else:
                show(shop, tour)
    return _look_at(folder, news) if with_ui else 0


def _in_another_language(app: App, folder: Path, spoken: str) -> str:
    """What to tell whoever set the computer to a language that the demo was not made in; "" to others."""
    yours = "" if app.chosen_language else app.asked_language
    if yours in ("", spoken):
        return ""
    show = shlex.join([_program(), "--lang", yours, "demo", str(folder)])
    with speaking(yours):
        names = {"zh": _("Chinese"), "en": _("English")}
        words = _(
            "The demo in {folder} was made in {language}. `{show}` shows it in {yours}; `{anew}` makes it "
            "anew in {yours}: what was written into it is lost."
        )
        return words.format(
            folder=folder, language=names[spoken], yours=names[yours], show=show, anew=f"{show} --refresh"
        )


def _look_at(folder: Path, news: str) -> int:
    """Show the demo on the screen; returns the exit code."""
    from crmcore.shop import Shop
    from crmcore.tui.run import run

    return run(lambda: Shop.open(folder), news=news)


def _grown_old(state: object, folder: Path) -> bool:
    """Whether the demo is to be made anew because its history ended some days ago; a person is asked."""
    from crmcore.demo import making

    if not isinstance(state, making.DemoState) or not state.done:
        return False
    age = state.age(making.current_day())
    if age < 1:
        return False
    old = _("The demo in {folder} is {days} days old.").format(folder=folder, days=age)
    if not sys.stdin.isatty():
        note(sentences(old, _("`crm demo --refresh` makes it anew; what was written into it is lost.")))
        return False
    question = sentences(old, _("Make it anew? What was written into it is lost."))
    return click.confirm(wide.clean(question), default=False, err=True)


def _program() -> str:
    """How this crm is called: by its name where the path knows it, else by its file."""
    called = Path(sys.argv[0])
    found = shutil.which("crm")
    if called.stem != "crm" or (found and Path(found).resolve() == called.resolve()):
        return "crm"
    return str(called)


def show(shop: Shop, tour: Tour) -> None:
    """Print the tour."""
    _title(
        _("A made-up cosmetics shop: nobody in it exists. It stands in {folder}.").format(folder=tour.place)
    )
    _title("1  " + _("What was imported"))
    _imports(tour)
    _title("2  " + _("An old customer"))
    _card(shop, tour)
    _title("3  " + _("Three segments"))
    columns = [Column(_("Segment")), Column(_("Name")), Column(_("Customers"), right=True)]
    table(columns, [(one.title, one.name, f"{one.count:,}") for one in tour.segments])
    _title("4  " + _("How often people buy"))
    _report(tour)
    _title("5  " + _("Try these"))
    for line, what in tour.commands:
        say(f"# {what}")
        say(line)


def _title(text: str) -> None:
    say()
    say(text)


def _imports(tour: Tour) -> None:
    numbers = (
        (_("Read"), "read"), (_("New"), "new"), (_("Changed"), "changed"), (_("Same"), "same"),
        (_("Set aside"), "rejected"), (_("New customers"), "customers_new"), (_("New orders"), "orders_new"),
    )  # fmt: skip
    columns = [Column(_("Files")), *(Column(title, right=True) for title, _key in numbers)]
    rows = [
        [
            joined(Path(str(file["path"])).name for file in one.files),
            *(f"{getattr(one.counts, key):,}" for _title, key in numbers),
        ]
        for one in tour.imports
    ]
    table(columns, rows)


def _card(shop: Shop, tour: Tour) -> None:
    card, zone = tour.card, shop.settings.time_zone
    tags = " ".join(f"#{tag}" for tag in card.tags)
    where = " ".join(word for word in (card.province, card.city) if word)
    say(f"{card.id}  {card.name}  {card.nickname}  {where}  {tags}")
    stored = shop.catalogue.stored
    for name in _FACTS:
        if (value := card.facts.get(name)) and (field := stored.get(name)):
            say("  " + labelled(title_of(field.zh, field.en), fact(value, field.type, shop.settings)))
    if card.birthday:
        say("  " + _("Birthday: {day}").format(day=card.birthday[5:]))
    for one in tour.owed:
        kind = shop.kinds[one.kind]
        due = moment(one.due_at or one.at, zone)
        say("! " + _("due {when}: {kind}: {text}").format(
            when=due, kind=title_of(kind.zh, kind.en), text=one.text
        ))  # fmt: skip
    for twin in tour.twins:
        say("? " + _("customer {id}, whom the platform masked, may be her too").format(id=twin.customer_id))
    for entry in tour.newest:
        at = moment(entry.at, zone) if entry.at else "-"
        say(f"  {at:<16}  {entry.title}  {entry.text}".rstrip())


def _report(tour: Tour) -> None:
    columns = [
        Column(_("Bought")),
        Column(_("Customers"), right=True),
        Column(_("Share of buyers"), right=True),
    ]
    table(columns, [(one.title, f"{one.count:,}", f"{tour.share(one):.1%}") for one in tour.frequency])
    found = tour.stats
    say(
        _("{orders} orders, {paid} paid, {refunded} refunded; {customers} customers.").format(
            orders=f"{found.orders:,}",
            paid=money(found.totals.paid_total, found.currency),
            refunded=money(found.totals.refunded_total, found.currency),
            customers=f"{found.customers:,}",
        )
    )
    for currency, totals in found.other_currencies.items():
        say(
            _("Apart, never added: {paid} paid in {orders} orders.").format(
                paid=money(totals.paid_total, currency), orders=f"{totals.orders:,}"
            )
        )
