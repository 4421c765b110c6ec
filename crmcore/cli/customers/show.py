"""`crm customer show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crmcore import wide
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, HowMany, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, title_of
from crmcore.shown import fact, known_by, labelled, moment, word

if TYPE_CHECKING:
    from crmcore.records.customer import CustomerCard, TimelinePage
    from crmcore.shop import Shop

# An order of fifty lines is no line to read: what is longer is cut; --json has it all.
LINE = 120


@crm_command(mark("Show who a customer is, her figures, and what happened, newest first."))
@click.argument("customer", type=NUMBER, metavar="ID")
@option("--limit", type=HowMany(min=0), default=20, show_default=True, help=mark("At most so many events."))
@json_option
@pass_app
def command(app: App, customer: int, limit: int, as_json: bool) -> None:
    """Show her; one that was merged shows the record she lives on in."""
    from crmcore.people import People

    shop = app.fresh_shop
    card, page = People(shop).show(customer, limit)
    if as_json:
        print_json(document(card, page))
        return
    if card.id != customer:
        note(_("customer {id} lives on inside {owner}").format(id=customer, owner=card.id))
    _say(shop, card, page)


def document(card: CustomerCard, page: TimelinePage) -> dict[str, Any]:
    """The JSON document of a customer."""
    return {**card.as_json(), "timeline": [entry.as_json() for entry in page.entries]}


def _say(shop: Shop, card: CustomerCard, page: TimelinePage) -> None:
    say(f"{card.id}  {card.name or card.nickname or ''}  {' '.join(f'#{tag}' for tag in card.tags)}".rstrip())
    for key in (
        "nickname",
        "gender",
        "birthday",
        "country",
        "province",
        "city",
        "address",
        "contact_by",
        "note",
    ):
        if value := getattr(card, key):
            shown = word(value) if key in ("gender", "contact_by") else value
            say("  " + labelled(_(PROFILE[key]), shown))
    titles = {one.name: one.title for one in shop.facts.own}
    for key, value in card.extra.items():
        say("  " + labelled(titles.get(key, key), value))
    for identity in card.identities:
        if identity.shown:
            sure = "" if identity.strong else _("(not certain)")
            words = (known_by(identity.kind), identity.namespace, identity.shown, sure)
            say("  " + " ".join(filter(None, words)))
    for consent in card.consents:
        text = _("consent to {channel} for {purpose}: {state}")
        told = {key: word(getattr(consent, key)) for key in ("channel", "purpose", "state")}
        say("  " + text.format(**told))
    stored = shop.catalogue.stored
    for name, value in card.facts.items():
        if not value or name in PROFILE or name in card.extra or name == "tags":
            continue
        field = stored.get(name)
        title = title_of(field.zh, field.en) if field else name
        say("  " + labelled(title, fact(value, field.type if field else None, shop.settings)))
    for entry in page.entries:
        at = moment(entry.at, shop.settings.time_zone) if entry.at else "-"
        say(wide.cut(wide.clean(f"{at:<16}  {entry.title}  {entry.text}").rstrip(), LINE))
    if page.next is not None:
        note(_("More: --limit {limit}").format(limit=len(page.entries) * 2))


PROFILE = {
    "nickname": mark("nickname"),
    "gender": mark("gender"),
    "birthday": mark("birthday"),
    "country": mark("country"),
    "province": mark("province"),
    "city": mark("city"),
    "address": mark("address"),
    "contact_by": mark("wishes to hear by"),
    "note": mark("note"),
}
