"""A test message to one of the staff: the one way to send that is no campaign, and asks for no consent.

It goes to an address that was typed. One that belongs to a customer who wants no messages is refused.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from crmcore.errors import CrmError, UsageError
from crmcore.hooks.channel_values import Outgoing, Receipt
from crmcore.i18n import gettext as _
from crmcore.messages.channels import Channels
from crmcore.messages.cleaning import clean_subject, clean_text
from crmcore.messages.templates import Templates, outgoing
from crmcore.records.identity import normal_email, normal_phone
from crmcore.store import consents
from crmcore.store.schema import identities
from crmcore.store.suppressing import suppressed

if TYPE_CHECKING:
    from crmcore.records.settings import ShopSettings
    from crmcore.store.database import Database


class ShopLike(Protocol):
    """What a test needs of a shop."""

    @property
    def database(self) -> Database: ...  # noqa: D102
    @property
    def settings(self) -> ShopSettings: ...  # noqa: D102
    @property
    def channels(self) -> Channels: ...  # noqa: D102
    @property
    def templates(self) -> Templates: ...  # noqa: D102
    def permit(self, action: str) -> None: ...  # noqa: D102


def send_test(
    shop: ShopLike, channel: str, to: str, *, text: str = "", template: str = "", customer: int | None = None
) -> Receipt:
    """Send one test message to an address, and say what became of it.

    `template` is written out for `customer`; without one the `text` goes out, or a sentence of ours. Raises
    `UsageError` for an address that is none, `CrmError` for one of a customer who said no and for a message
    that the channel cannot send.
    """
    shop.permit("channel.test")
    address = staff_address(shop, channel, to)
    return hand_over(shop, channel, _message(shop, channel, address, text, template, customer))


def staff_address(shop: ShopLike, channel: str, to: str, *, nobodys: bool = False) -> str:
    """The normal form of an address that a test may go to; `nobodys`: not one that a customer is known by.

    Raises `UsageError`, and `CrmError` for an address of somebody who wants no messages.
    """
    address = _normal(shop, channel, to)
    owners = _owners(shop, address)
    if nobodys and owners:
        raise UsageError(
            _(
                "{address} is an address of customer {id}: a test goes to staff, customers get it by `send`"
            ).format(address=address, id=owners[0])
        )
    _refuse_the_unwilling(shop, channel, address, owners)
    return address


def hand_over(shop: ShopLike, channel: str, message: Outgoing) -> Receipt:
    """Have one test message checked and sent; raises `CrmError` where the channel cannot send it."""
    [checked] = shop.channels.checks(channel, [message])
    if wrong := next((one for one in checked.problems if one.error), None):
        raise CrmError(
            _("{channel} cannot send this: {problem}").format(channel=channel, problem=wrong.shown)
        )
    waiting = [[message]]
    receipts = list(shop.channels.send(channel, lambda: waiting.pop() if waiting else []))
    return (
        receipts[0] if receipts else Receipt(message.key, "failed", detail=_("it did not take the message"))
    )


def _normal(shop: ShopLike, channel: str, to: str) -> str:
    kinds = shop.channels.get(channel).address_kinds
    if "email" in kinds and (email := normal_email(to)):
        return email
    if "phone" in kinds and (phone := normal_phone(to, shop.settings.currency)):
        return phone
    if {"email", "phone"} & set(kinds):
        raise UsageError(_("{to!r} is no address that {channel} can use").format(to=to, channel=channel))
    return clean_subject(to)


def _owners(shop: ShopLike, address: str) -> list[int]:
    query = sa.select(identities.c.customer_id).where(identities.c.value == address)
    with shop.database.read() as connection:
        return list(connection.scalars(query))


def _refuse_the_unwilling(shop: ShopLike, channel: str, address: str, owners: list[int]) -> None:
    consent = shop.channels.get(channel).consent_name
    with shop.database.read() as connection:
        if suppressed(connection, address, owners):
            raise CrmError(
                _("{address} is on the suppression list: use another address").format(address=address)
            )
        for purpose in ("service", "promotion"):
            said = consents.state_of(connection, owners, consent, purpose)
            if "denied" in said.values():
                raise CrmError(
                    _(
                        "{address} belongs to customer {id}, who wants no messages: use another address"
                    ).format(
                        address=address, id=next(one for one, state in said.items() if state == "denied")
                    )
                )


def _message(
    shop: ShopLike, channel: str, to: str, text: str, template: str, customer: int | None
) -> Outgoing:
    key = f"test-{uuid.uuid4().hex[:20]}"
    found = shop.channels.get(channel)
    if not template:
        said = text or _("This is a test message of {shop}.").format(shop=shop.templates.shop_name or "crm")
        subject = _("A test") if found.has_subject else ""
        return Outgoing(key, to, "service", clean_text(said), subject)
    named = shop.templates.get(template)
    if customer is None:
        raise UsageError(_("say for whom the template is to be written out: --customer ID"))
    written = shop.templates.write_out(named, [customer]).get(customer)
    if written is None:
        raise UsageError(_("there is no customer {id}").format(id=customer))
    if written.problem:
        raise CrmError(_("template {name}: {reason}").format(name=template, reason=written.problem))
    message = outgoing(named, key, to, written)
    return (
        replace(message, subject=_("[Test] {subject}").format(subject=message.subject))
        if found.has_subject
        else message
    )
