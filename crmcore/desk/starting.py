"""A new shop with sensible defaults: where it stands, its currency, its time zone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from crmcore.config import SHOP_FILE
from crmcore.desk.pack_view import install
from crmcore.errors import CrmError
from crmcore.hooks.discovery import require_optional
from crmcore.i18n import gettext as _
from crmcore.i18n import language, mark
from crmcore.packs.pack import Pack
from crmcore.packs.sources import loadable
from crmcore.records.clock import zone
from crmcore.records.money import known_currency
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop

_LOCAL_TIME = Path("/etc/localtime")
# Currencies by where the clock is set to; elsewhere a shop is asked.
_CURRENCIES = {
    "Asia/Shanghai": "CNY", "Asia/Urumqi": "CNY", "Asia/Hong_Kong": "HKD", "Asia/Taipei": "TWD",
    "Asia/Tokyo": "JPY", "Asia/Seoul": "KRW", "Asia/Singapore": "SGD", "Asia/Kolkata": "INR",
    "Europe/London": "GBP", "Europe/Zurich": "CHF", "America/New_York": "USD", "America/Chicago": "USD",
    "America/Denver": "USD", "America/Los_Angeles": "USD", "America/Toronto": "CAD",
    "America/Sao_Paulo": "BRL", "Australia/Sydney": "AUD",
}  # fmt: skip


# The trades that have rules of their own, by the names of their plugins, as a new shop is asked about them.
CATEGORIES = {
    "cosmetics": mark("cosmetics, food and what else is used up"),
    "womens_wear": mark("women's wear"),
    "shoes_bags": mark("shoes and bags"),
    "appliances": mark("appliances, computers, cars"),
    "home": mark("home and furniture"),
    "gifts_watches": mark("watches, jewellery, gifts"),
    "sportswear": mark("sports shoes and wear"),
}


def choose_categories(shop: Shop, names: Sequence[str]) -> None:
    """Switch the rules of these trades on; raises `NotFoundError` before anything is done."""
    for name in names:
        require_optional(name)
    for name in names:
        shop.switch_plugin(name, on=True)


@dataclass(frozen=True)
class Trade:
    """A trade that can be chosen: the name of its plugin, and what it sells in words."""

    name: str
    title: str


def trades() -> list[Trade]:
    """The trades that have rules of their own."""
    return [Trade(name, _(title)) for name, title in CATEGORIES.items()]


def packs_for(names: Sequence[str]) -> dict[str, str]:
    """The packs that come with crm for these trades: names, and titles in the language in force."""
    found = {source.named: pack for source, pack in loadable() if source.named in names}
    return {name: pack.manifest.shown for name, pack in found.items() if isinstance(pack, Pack)}


def set_up(shop: Shop, names: Sequence[str], packs: Sequence[str]) -> list[str]:
    """Switch on the rules of these trades, then install these packs; returns what went wrong, in words.

    A pack that cannot be installed is left out: the shop can be worked with all the same.
    """
    choose_categories(shop, names)
    wrong = []
    for name in packs:
        try:
            install(shop, name, {}, {}, enable=True)
        except CrmError as error:
            wrong.append(f"{name}: {error}")
    return wrong


def new_folder() -> Path:
    """A folder for a new shop that holds none yet."""
    first = Path.home() / "crm-shop"
    number, folder = 1, first
    while (folder / SHOP_FILE).exists():
        number += 1
        folder = first.with_name(f"{first.name}-{number}")
    return folder


def default_settings() -> ShopSettings:
    """What most shops here are set to: the computer's time zone and what is paid with there."""
    found = system_zone() or "Asia/Shanghai"
    euro = found.startswith("Europe/") and found not in _CURRENCIES
    currency = _CURRENCIES.get(found, "EUR" if euro else "CNY" if language() == "zh" else "USD")
    return ShopSettings(currency, found, language())


def system_zone() -> str | None:
    """The time zone this computer is set to, by its IANA name; None where it does not tell (Windows)."""
    names = [os.environ.get("TZ", "").lstrip(":")]
    with suppress(OSError):
        names.append(str(_LOCAL_TIME.readlink()).partition("zoneinfo/")[2])
    known = (name for name in names if "/" in name and not name.startswith("Etc/") and not wrong_zone(name))
    return next(known, None)


def wrong_zone(name: str) -> str | None:
    """What is wrong with a time zone's name; None where nothing is."""
    try:
        zone(name)
    except CrmError as error:
        return str(error)
    return None


def wrong_currency(code: str) -> str | None:
    """What is wrong with a currency's code; None where nothing is."""
    try:
        known_currency(code)
    except CrmError as error:
        return str(error)
    return None


def make_shop(folder: Path, settings: ShopSettings) -> str:
    """Make a shop there and return how it is named to open it; raises what `Shop.create` raises."""
    with Shop.create(folder, settings) as shop:
        return str(shop.place.folder)
