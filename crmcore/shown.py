"""Amounts, moments and facts as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from crmcore.i18n import gettext as _
from crmcore.i18n import joined, language, mark
from crmcore.records.clock import zone
from crmcore.records.money import to_major

if TYPE_CHECKING:
    from crmcore.records.settings import ShopSettings


# States, kinds of acts, channels and purposes, as they stand in the database.
WORDS = {
    "running": mark("running"),
    "interrupted": mark("interrupted"),
    "done": mark("done"),
    "failed": mark("failed"),
    "undone": mark("undone"),
    "edit": mark("edit"),
    "import": mark("import"),
    "merge": mark("merge"),
    "split": mark("split"),
    "log": mark("log"),
    "settings": mark("settings"),
    "undo": mark("undo"),
    "erase": mark("erase"),
    "export": mark("export"),
    "documents": mark("documents"),
    "pack": mark("pack"),
    "facts": mark("facts"),
    "copy": mark("copy"),
    "campaign": mark("campaign"),
    "plan": mark("plan"),
    "segments": mark("segments"),
    "draft": mark("draft"),
    "scheduled": mark("scheduled"),
    "paused": mark("held"),
    "cancelled": mark("ended"),
    "on": mark("on"),
    "off": mark("off"),
    "unpaid": mark("unpaid"),
    "paid": mark("paid"),
    "shipped": mark("shipped"),
    "completed": mark("completed"),
    "closed": mark("closed"),
    # What Shopify calls the payment of an order.
    "pending": mark("unpaid"),
    "authorized": mark("unpaid"),
    "partially_paid": mark("partly paid"),
    "partially_refunded": mark("partly refunded"),
    "refunded": mark("refunded"),
    "voided": mark("closed"),
    "granted": mark("granted"),
    "denied": mark("denied"),
    "claimed": mark("claimed, without proof"),
    "sms": mark("text messages"),
    "email": mark("e-mails"),
    "promotion": mark("promotion"),
    "service": mark("service"),
    "order": mark("orders"),
    "female": mark("woman"),
    "male": mark("man"),
    # The reasons of acts that nobody asked for.
    "rebuild cards": mark("worked all figures out anew"),
    "columns for facts": mark("room for plugins' figures"),
    "python facts": mark("worked plugins' figures out"),
    "migrate": mark("brought the database up to date"),
    "search": mark("made the index for search"),
    "sweep": mark("swept what was erased"),
    "memberships": mark("worked out who is in the kept segments"),
    "telling watchers": mark("told plugins who came into segments and who left"),
    # What an act did to records.
    "made": mark("made"),
    "updated": mark("updated"),
    "deleted": mark("deleted"),
}
# The tables of records, as the database calls them.
_RECORDS = {
    "customers": mark("customers"),
    "identities": mark("identities"),
    "orders": mark("orders"),
    "order_lines": mark("order lines"),
    "refunds": mark("refunds"),
    "interactions": mark("interactions"),
    "consents": mark("consents"),
    "tags": mark("tags"),
    "products": mark("products"),
    "documents": mark("documents"),
    "campaigns": mark("campaigns"),
    "plans": mark("plans"),
    "sends": mark("messages"),
    "suppressions": mark("suppression list"),
    "import_rejects": mark("rows set aside"),
    "imports": mark("imports"),
    "candidates": mark("possible duplicates"),
}
# The families of plugins and where they come from, as they are named in the code.
_PLUGIN_WORDS = {
    "importers": mark("reading files"),
    "segment_rules": mark("segments"),
    "reports": mark("reports"),
    "advice": mark("advice"),
    "campaigns": mark("campaigns"),
    "channels": mark("sending"),
    "workflows": mark("ways of working"),
    "shop": mark("this shop's own"),
    "built-in": mark("built-in"),
}
# What a customer is known by: the kinds of identities, and what a look-up matched.
_KNOWN_BY = {
    "buyer": mark("buyer id"),
    "email": mark("e-mail"),
    "phone": mark("phone"),
    "name_address": mark("name and address"),
    "order": mark("order number"),
    "name": mark("name"),
    "nickname": mark("nickname"),
    "handle": mark("part of a number or handle"),
    "pinyin": mark("pinyin"),
    "address": mark("address"),
    "extra.qq": mark("QQ number"),
    "extra.wechat": mark("WeChat id"),
    "extra.weixin": mark("WeChat id"),
}
# Where orders come from, in Chinese and in English.
_PLATFORMS = {
    "taobao": ("淘宝", "Taobao"),
    "tmall": ("天猫", "Tmall"),
    "jd": ("京东", "JD"),
    "pdd": ("拼多多", "Pinduoduo"),
    "douyin": ("抖音", "Douyin"),
    "wechat": ("微信", "WeChat"),
    "weidian": ("微店", "Weidian"),
    "xiaohongshu": ("小红书", "Xiaohongshu"),
    "shopify": ("Shopify", "Shopify"),
}


def platform_titles(name: str) -> tuple[str, str]:
    """A platform in Chinese and in English; a source of the shop's own is called what it is called."""
    return _PLATFORMS.get(name, (name, name))


def money(minor: int, currency: str) -> str:
    """An amount in major units with its currency: `1,284.00 CNY`."""
    return amount_in(to_major(minor, currency), currency)


def amount_in(major: object, currency: str) -> str:
    """An amount in major units, as text or as a number, with its currency as people write it."""
    number = major if isinstance(major, str) else f"{major:,}"
    return f"{number} {unit(currency)}"


def unit(currency: str) -> str:
    """A currency as people write it behind a number: 元 in Chinese, else its code."""
    return "元" if currency == "CNY" and language() == "zh" else currency


def moment(at: int, time_zone: str) -> str:
    """An instant on the shop's clock: `2026-11-20 18:00`."""
    return f"{datetime.fromtimestamp(at, zone(time_zone)):%Y-%m-%d %H:%M}"


def fact(value: Any, kind: str | None, settings: ShopSettings) -> str:
    """A fact by its type: money, an instant, a list, or as it is."""
    if kind == "money":
        return money(int(value), settings.currency)
    if kind == "instant":
        return moment(int(value), settings.time_zone)
    if isinstance(value, tuple | list):
        return joined(map(str, value))
    return str(value)


def known_by(name: str) -> str:
    """A kind of identity, or what a look-up matched, in the language in force; itself where it is unknown."""
    return _(_KNOWN_BY[name]) if name in _KNOWN_BY else name.removeprefix("extra.")


def labelled(label: str, text: object) -> str:
    """A value under its name, `Birthday: 12-04`, with the colon of the language in force."""
    return _("{label}: {text}").format(label=label, text=text)


def plugin_word(name: str) -> str:
    """What a plugin is for, or where it comes from, in the language in force; itself where it is unknown."""
    return _(_PLUGIN_WORDS[name]) if name in _PLUGIN_WORDS else name


def records_word(table: str) -> str:
    """A table of records in the language in force; itself where staff never meet it."""
    return _(_RECORDS[table]) if table in _RECORDS else table


def word(name: str) -> str:
    """A state or a kind of act in the language in force; itself where it is unknown (a plugin's own)."""
    return _(WORDS[name]) if name in WORDS else name
