"""`crm` alone: where we are and what can be done next."""

from __future__ import annotations

from crmcore.cli.app import App
from crmcore.cli.output import say
from crmcore.i18n import gettext as _


def welcome(app: App) -> None:
    """Say which shop this is, what it holds, and the commands that come next."""
    from crmcore.store.stats import count

    shop = app.shop
    with shop.database.read() as connection:
        found = count(connection, shop.settings.currency)
    say(
        _("{shop}: {customers} customers, {orders} orders.").format(
            shop=shop.place.shown, customers=f"{found.customers:,}", orders=f"{found.orders:,}"
        )
    )
    say(_("Next:"))
    for words, what in (
        ("crm import FILE…", _("bring in order files")),
        ("crm customer find TEXT", _("find a customer by name, phone, e-mail or order number")),
        ("crm segment list", _("see who belongs to which segment")),
        ("crm --help", _("every command")),
    ):
        say(f"  {words:<24}{what}")
