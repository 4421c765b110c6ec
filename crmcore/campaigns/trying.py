"""Looking at a campaign's message before anything is sent: as customers get it, and as oneself does."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from crmcore.campaigns.audience import audience
from crmcore.campaigns.body import Body
from crmcore.campaigns.texts import promised, template_of, write_out
from crmcore.errors import CrmError, UsageError
from crmcore.hooks.channel_values import Outgoing, Receipt
from crmcore.i18n import gettext as _
from crmcore.messages.trial import hand_over, staff_address
from crmcore.store.campaign_rows import CampaignRow

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

_PERSONAL = "A2B3C4"


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


def preview(
    shop: ShopLike,
    body: Body,
    channel: str | None,
    customers: Sequence[int],
    limit: int,
    campaign_id: int,
    as_of: date | None = None,
) -> Preview:
    """The message for these customers, or for the first of the audience (of the day `as_of`).

    What it says of them is what is known today: a message goes out now.
    """
    name = channel or next(iter(body.channels), "")
    if not name:
        raise UsageError(_("say by which channels: --channel NAME, the preferred one first"))
    ids = list(customers) or _sample(shop, body, campaign_id, limit, as_of)
    template = template_of(shop, body, name)
    code = _code(body)
    values = promised(body) | ({"code": code} if code else {})
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
    to = staff_address(shop, name, address, nobodys=True)
    ids = _sample(shop, body, row.id, 1)
    if not ids:
        raise CrmError(_("Nobody gets it now."))
    words = write_out(shop, body, name, ids, {ids[0]: _code(body)})[0]
    if words.problem:
        raise CrmError(words.problem)
    message = Outgoing(
        f"test-{uuid.uuid4().hex[:20]}", to, body.purpose, words.text,
        words.subject if found.has_subject else "", words.html if found.has_html else "",
    )  # fmt: skip
    return hand_over(shop, name, message)


def _code(body: Body) -> str:
    """The code that a message carries, a made-up one where each has her own; "" where it carries none."""
    return body.code.upper() + _PERSONAL if body.personal_codes else body.code


def _sample(shop: ShopLike, body: Body, campaign_id: int, limit: int, as_of: date | None = None) -> list[int]:
    """Some of its audience; of a follow-up that nobody waits for yet, of the first message's."""
    found = list(islice(audience(shop, body, campaign_id, as_of).ids, limit))
    if body.turn and not found:
        return list(islice(audience(shop, replace(body, turn=0), campaign_id, as_of).ids, limit))
    return found
