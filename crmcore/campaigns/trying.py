"""Looking at a campaign's message before anything is sent: as customers get it, and as oneself does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from crmcore.campaigns.audience import audience
from crmcore.campaigns.body import Body
from crmcore.campaigns.suppression import kind_and_value
from crmcore.campaigns.texts import template_of, write_out
from crmcore.errors import CrmError, UsageError
from crmcore.hooks.channel_values import Outgoing, Receipt
from crmcore.i18n import gettext as _
from crmcore.records.identity import IdentityKind, IdentityValue
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.identities import holders

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

_SAMPLE_CODE = "CODE2345"


@dataclass(frozen=True)
class Shown:
    """One customer's message; `problem`: why she cannot get it."""

    customer_id: int
    to: str
    text: str
    subject: str
    problem: str


@dataclass(frozen=True)
class Preview:
    """Some messages of a channel, and what speaks against them (sentences)."""

    channel: str
    messages: tuple[Shown, ...]
    findings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {"messages": [one.__dict__ for one in self.messages], "findings": list(self.findings)}


def preview(shop: ShopLike, body: Body, channel: str | None, customers: Sequence[int], limit: int) -> Preview:
    """The message for these customers, or for the first of the audience."""
    name = channel or next(iter(body.channels), "")
    if not name:
        raise UsageError(_("say by which channels: --channel NAME, the preferred one first"))
    ids = list(customers) or list(islice(audience(shop, body).ids, limit))
    template = template_of(shop, body, name)
    values = {"code": body.code or _SAMPLE_CODE}
    report = shop.templates.check(template, name, ids=[])
    shown = []
    for one in shop.templates.preview(template, name, ids, values=values):
        problem = one.rendered.problem or (one.address.problem if one.address else "")
        errors = [p.shown for p in one.checked.problems if p.error] if one.checked else []
        shown.append(
            Shown(
                one.customer_id,
                one.address.value if one.address else "",
                one.rendered.text,
                one.rendered.subject,
                problem or "; ".join(errors),
            )
        )
    return Preview(name, tuple(shown), tuple(one.text for one in report.findings))


def test(shop: ShopLike, row: CampaignRow, body: Body, address: str, channel: str | None) -> Receipt:
    """Send one message to staff; raises `UsageError` for an address that a customer is known by."""
    name = channel or next(iter(body.channels), "")
    found = shop.channels.get(name)
    if found.manual:
        raise UsageError(_("channel {name} is worked by hand: it sends nothing itself").format(name=name))
    kind = next((one for one in found.address_kinds if one in ("email", "phone", "buyer")), "address")
    kind, value = kind_and_value(address, shop.settings.currency, kind)
    with shop.database.read() as connection:
        owner = holders(connection, IdentityValue(IdentityKind(kind), "", value, value, True))
    if owner:
        raise UsageError(
            _(
                "{address} is an address of customer {id}: a test goes to staff, customers get it by `send`"
            ).format(address=address, id=owner[0].customer_id)
        )
    ids = list(islice(audience(shop, body).ids, 1))
    if not ids:
        raise CrmError(_("Nobody gets it now."))
    words = write_out(shop, body, name, ids, {ids[0]: _SAMPLE_CODE})[0]
    if words.problem:
        raise CrmError(words.problem)
    message = Outgoing(
        f"test-{row.id}-{shop.clock().now}", value, body.purpose, words.text,
        words.subject if found.has_subject else "", words.html if found.has_html else "",
    )  # fmt: skip
    waiting = [message]

    def more() -> list[Outgoing]:
        handed = list(waiting)
        waiting.clear()
        return handed

    for receipt in shop.channels.send(name, more):
        return receipt
    return Receipt(message.key, "unknown")
