"""Whether she may be sent a promotion now: the guards of every campaign say it, the card says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from crmcore.campaigns.asking import Asking
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.clock import Clock, day_of
from crmcore.records.customer import ConsentView, OrderCard
from crmcore.records.sending import Reason, reason_words
from crmcore.shop import Shop
from crmcore.shown import word
from crmcore.store.guards import Via, name_people, verdict

# What people say yes or no to, and by which address it reaches them, where a shop has no channel for it yet.
_SPOKEN = {"email": ("email",), "sms": ("phone",), "phone": ("phone",)}


@dataclass(frozen=True)
class Check:
    """One condition: whether it holds (None: nobody knows), and the sentence for it."""

    holds: bool | None
    words: str


@dataclass(frozen=True)
class Promotion:
    """`answer`: yes, no, or ask (nothing forbids it, but she never agreed with proof); and every check."""

    answer: str
    checks: tuple[Check, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences that decided: those against it, or what is not known, else those for it."""
        for wanted in ([False], [None], [True]):
            if found := tuple(one.words for one in self.checks if one.holds in wanted):
                return found
        return ()


@dataclass(frozen=True)
class Asked:
    """What the guards say of one customer: `hold` whatever the channel, and how her consent stands.

    `may`: some channel may be used; `never`: none may, and for none she was simply never asked. `bad`: every
    address that she could be reached by is on the suppression list. `refund_days` is the shop's rule.
    """

    hold: Reason
    may: bool
    never: bool
    bad: bool
    refund_days: int


def ask_guards(shop: Shop, connection: sa.Connection, customer_id: int) -> Asked:
    """Put her to the guards, for every channel there is and those that people speak of."""
    asking = Asking.of(shop, connection)
    names: dict[str, tuple[str, ...]] = dict(_SPOKEN)
    for channel in asking.channels.values():
        if channel.per_person and "promotion" in channel.purposes:
            names.setdefault(channel.consent_name, tuple(channel.address_kinds))
    ask = asking.about("promotion", [], {})
    via = []
    for number, (name, kinds) in enumerate(names.items()):
        basis = asking.basis_since(name)
        # Consent alone, and then with her addresses: the card tells the two apart.
        first, second = 2 * number, 2 * number + 1
        via += [Via(first, name, (), basis, name), Via(second, name, kinds, basis, name)]
    name_people(connection, [(customer_id, 0)])
    found = verdict(connection, replace(ask, via=tuple(via)))
    said, reached = found.refusals[::2], found.refusals[1::2]
    may = Reason.NONE in said
    hold = found.reason if found.reason < Reason.REFUSED else Reason.NONE
    bad = Reason.BAD_ADDRESS in reached and Reason.NONE not in reached
    return Asked(hold, may, not may and Reason.UNASKED not in said, bad, asking.rules.refund_days)


def promotion(
    asked: Asked,
    consents: Sequence[ConsentView],
    *,
    complaints: Sequence[int],
    orders: Sequence[OrderCard],
    clock: Clock,
) -> Promotion:
    """The answer of the guards, in words, for a customer with these consents, complaints and orders."""
    checks = [_consent(consents, asked), _complaints(complaints), _refund(orders, clock, asked.refund_days)]
    told = {Reason.COMPLAINT, Reason.REFUND, Reason.NONE}
    if asked.hold not in told or (asked.hold is not Reason.NONE and all(one.holds for one in checks[1:])):
        checks.append(Check(False, reason_words(asked.hold)))
    if asked.bad:
        checks.append(Check(False, reason_words(Reason.BAD_ADDRESS)))
    if asked.hold is not Reason.NONE or asked.never or asked.bad:
        return Promotion("no", tuple(checks))
    return Promotion("yes" if asked.may else "ask", tuple(checks))


def _consent(consents: Sequence[ConsentView], asked: Asked) -> Check:
    told = [one for one in consents if one.purpose in ("promotion", "*")]
    by_state = {state: [one.channel for one in told if one.state == state] for state in _SAID}
    if by_state["granted"]:
        return Check(True, _("agreed: {channels}").format(channels=_channels(by_state["granted"])))
    if asked.may:
        return Check(True, _("covered by the basis that the shop has stated"))
    if by_state["claimed"]:
        words = _("agreed without proof: {channels}").format(channels=_channels(by_state["claimed"]))
        return Check(None, words)
    if by_state["denied"]:
        return Check(False, _("refused: {channels}").format(channels=_channels(by_state["denied"])))
    return Check(None, _("was never asked"))


_SAID = ("granted", "claimed", "denied")


def _channels(names: Sequence[str]) -> str:
    return joined(_("all channels") if name == "*" else word(name) for name in names)


def _complaints(ids: Sequence[int]) -> Check:
    if ids:
        return Check(False, _("complaint open: {ids}").format(ids=joined(f"#{i}" for i in ids)))
    return Check(True, _("no complaint open"))


def _refund(orders: Sequence[OrderCard], clock: Clock, refund_days: int) -> Check:
    for order in orders:
        at = order.refunded_at or order.closed_at or order.paid_at
        if not order.refunded_total or at is None:
            continue
        days = (clock.today - day_of(at, clock.zone)).days
        if days <= refund_days:
            return Check(False, _("got money back {days} days ago").format(days=days))
    return Check(True, _("no refund in the last {days} days").format(days=refund_days))
