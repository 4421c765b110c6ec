"""The channels as people look at them: how each reaches somebody, what it lacks, a test message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from crmcore.campaigns.work import answers_of
from crmcore.errors import CrmError, PluginFailure
from crmcore.hooks.channel_values import Receipt
from crmcore.hooks.channels import Channel
from crmcore.i18n import gettext as _
from crmcore.i18n import in_words, joined, title_of
from crmcore.messages.trial import send_test
from crmcore.shop import Shop
from crmcore.shown import known_by, word


@dataclass(frozen=True)
class SecretLine:
    """A secret that a channel asks for and where it stands, in words; what it is, nobody is told."""

    name: str
    state: str
    missing: bool


@dataclass(frozen=True)
class ChannelLine:
    """One channel in words, brought by `plugin`; `told` is what its sheet says: (what, words)."""

    name: str
    plugin: str
    title: str
    reaches_by: str
    worked: str
    secrets: tuple[SecretLine, ...]
    manual: bool
    told: tuple[tuple[str, str], ...]

    @property
    def missing(self) -> str:
        """The secrets that are missing, by name."""
        return joined(one.name for one in self.secrets if one.missing)


def channels(shop: Shop) -> list[ChannelLine]:
    """Every channel by name."""
    places = {"environment": _("set, in the environment"), "keyring": _("set, in the keyring")}
    secrets: dict[str, list[SecretLine]] = {}
    for one in shop.channels.secrets_asked_for():
        absent = _("missing: crm secret set {name}").format(name=one.name)
        state = places.get(one.place, absent if one.needed else _("not set, optional"))
        line = SecretLine(one.name, state, one.needed and not one.place)
        secrets.setdefault(one.channel, []).append(line)
    found = []
    for plugin, channel in shop.channels.all():
        mine = tuple(secrets.get(channel.name, ()))
        by = joined(dict.fromkeys(map(known_by, channel.address_kinds))) or "-"
        worked = _("by hand") if channel.manual else _("automatically")
        told = [
            (_("Good for"), in_words(channel.about)),
            (_("Reaches by"), by),
            (_("Sent"), worked),
            (_("Purposes"), joined(map(word, channel.purposes))),
            *([(_("Answers"), answers)] if (answers := _answers(channel)) else []),
            *((_("Secret {name}").format(name=one.name), one.state) for one in mine),
        ]
        title = title_of(channel.zh, channel.en) or channel.name
        found.append(ChannelLine(channel.name, plugin, title, by, worked, mine, channel.manual, tuple(told)))
    return found


def _answers(channel: Channel) -> str:
    return joined(f"{one.key} {one.title}" for one in answers_of(channel)) if channel.manual else ""


def channel(shop: Shop, name: str) -> ChannelLine:
    """The channel of that name; raises `NotFoundError`."""
    known = shop.channels.get(name)
    return next(one for one in channels(shop) if one.name == known.name)


def try_out(shop: Shop, channel: str, to: str) -> str:
    """Send one test message to an address of the staff; what became of it, in words. Raises `CrmError`."""
    with own_words(channel):
        receipt = send_test(shop, channel, to.strip())
    return told_receipt(receipt, channel, to.strip())


def connect(shop: Shop, channel: str) -> str:
    """Try the channel's connection; what answered. Raises `CrmError`."""
    shop.permit("channel.check")
    if missing := shop.channels.missing_secrets(channel):
        raise CrmError(_("the secret {name} is missing: crm secret set {name}").format(name=missing[0]))
    with own_words(channel):
        return shop.channels.probe(channel) or _("nothing to connect to")


@contextmanager
def own_words(channel: str) -> Iterator[None]:
    """A channel's own sentence as a `CrmError`, without the words that say in which plugin it arose."""
    try:
        yield
    except PluginFailure as failure:
        raise CrmError(f"{channel}: {failure.reason}") from None


def told_receipt(receipt: Receipt, name: str, to: str) -> str:
    """What became of a test message; raises `CrmError` unless it was accepted."""
    if receipt.state in ("failed", "unknown"):
        state = _("not sent") if receipt.state == "failed" else _("nobody knows whether it went out")
        raise CrmError(f"{name}: {state}: {receipt.detail}".rstrip(": "))
    text = _("{name}: sent to {to}. {detail}")
    return text.format(name=name, to=to, detail=receipt.detail).rstrip()
