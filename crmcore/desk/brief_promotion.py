"""Whether she may be sent a promotion, by what is known today: each condition with what speaks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crmcore.i18n import gettext as _
from crmcore.records.clock import Clock, day_of
from crmcore.records.customer import ConsentView, OrderCard
from crmcore.shown import word

# Who got her money back within so many days is left alone.
REFUND_DAYS = 14


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


def promotion(
    consents: Sequence[ConsentView], *, complaints: Sequence[int], orders: Sequence[OrderCard], clock: Clock
) -> Promotion:
    """The answer for a customer with these consents, open complaints (ids) and newest orders."""
    checks = (_consent(consents), _complaints(complaints), _refund(orders, clock))
    if any(one.holds is False for one in checks):
        return Promotion("no", checks)
    return Promotion("ask" if any(one.holds is None for one in checks) else "yes", checks)


def _consent(consents: Sequence[ConsentView]) -> Check:
    told = [one for one in consents if one.purpose in ("promotion", "*")]
    by_state = {state: [one.channel for one in told if one.state == state] for state in _SAID}
    if by_state["granted"]:
        return Check(True, _("agreed: {channels}").format(channels=_channels(by_state["granted"])))
    if by_state["claimed"]:
        words = _("agreed without proof: {channels}").format(channels=_channels(by_state["claimed"]))
        return Check(None, words)
    if by_state["denied"]:
        return Check(False, _("refused: {channels}").format(channels=_channels(by_state["denied"])))
    return Check(None, _("was never asked"))


_SAID = ("granted", "claimed", "denied")


def _channels(names: Sequence[str]) -> str:
    return ", ".join(_("all channels") if name == "*" else word(name) for name in names)


def _complaints(ids: Sequence[int]) -> Check:
    if ids:
        return Check(False, _("complaint open: {ids}").format(ids=", ".join(f"#{i}" for i in ids)))
    return Check(True, _("no complaint open"))


def _refund(orders: Sequence[OrderCard], clock: Clock) -> Check:
    for order in orders:
        at = order.refunded_at or order.closed_at or order.paid_at
        if not order.refunded_total or at is None:
            continue
        days = (clock.today - day_of(at, clock.zone)).days
        if days < REFUND_DAYS:
            return Check(False, _("got money back {days} days ago").format(days=days))
    return Check(True, _("no refund in the last {days} days").format(days=REFUND_DAYS))
