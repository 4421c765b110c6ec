"""The words of a card: amounts, days and states as staff say them."""

from __future__ import annotations

from datetime import datetime

from crmcore.desk.brief import Alert, Brief, Purchase
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark, ngettext, title_of
from crmcore.records.clock import day_of, zone
from crmcore.records.money import to_major
from crmcore.shown import amount_in, platform_titles, word

_STANDING = {"new": mark("new"), "once": mark("one order"), "old": mark("returning")}
_MOOD = {"quiet": mark("quiet for long"), "asleep": mark("asleep")}
_REASONS = {
    "phone": mark("same phone"),
    "email": mark("same e-mail"),
    "buyer": mark("same buyer id"),
    "mask": mark("fits what is hidden"),
    "name_address": mark("same name and address"),
}
_PROGRESS = {
    "open": mark("open"),
    "in_progress": mark("being dealt with"),
    "settled": mark("settled"),
    "closed": mark("closed"),
    "planned": mark("planned"),
    "done": mark("done"),
    "missed": mark("not reached"),
    "kept": mark("kept"),
    "dropped": mark("dropped"),
    "won": mark("bought"),
    "lost": mark("not bought"),
}
_CONSENTS = {"granted": mark("agreed"), "denied": mark("refused"), "claimed": mark("agreed, no proof")}
_ANSWER = {"yes": mark("yes"), "no": mark("no"), "ask": mark("ask first")}


def badge(brief: Brief) -> str:
    """What she is to the shop, in one word: returning, one order, new."""
    return _(_STANDING[brief.standing])


def mood(brief: Brief) -> str:
    """That she has been away for long; "" otherwise."""
    return _(_MOOD[brief.mood]) if brief.mood else ""


def gender(name: str | None) -> str:
    """woman, man, or "" where nobody knows."""
    return word(name) if name in ("female", "male") else ""


def platform(name: str) -> str:
    """A platform as staff call it; its bare name where it is not known here."""
    return title_of(*platform_titles(name))


def amount(minor: int, currency: str) -> str:
    """1,284 元, 12.84 USD: without decimals where there are none."""
    value = to_major(minor, currency)
    number = f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,}"
    return amount_in(number, currency)


def days_ago(days: int) -> str:
    """today, yesterday, 38 days ago."""
    if days <= 0:
        return _("today")
    return _("yesterday") if days == 1 else _("{days} days ago").format(days=days)


def in_days(days: int) -> str:
    """today, tomorrow, in 12 days."""
    if days <= 0:
        return _("today")
    return _("tomorrow") if days == 1 else _("in {days} days").format(days=days)


def day(at: int | None, brief: Brief) -> str:
    """11-09 within this year, 2024-11-09 of another one."""
    if at is None:
        return "-"
    found = day_of(at, brief.time_zone)
    return f"{found:%m-%d}" if found.year == brief.today.year else f"{found:%Y-%m-%d}"


def due(alert: Alert, brief: Brief) -> str:
    """Today 18:00, tomorrow 18:00, 11-25 18:00; that it is overdue; "" without a due date."""
    if alert.due_at is None:
        return ""
    moment = datetime.fromtimestamp(alert.due_at, zone(brief.time_zone))
    days = (moment.date() - brief.today).days
    # The last second of a day stands for the whole day.
    clock = "" if (moment.hour, moment.minute) == (23, 59) else f" {moment:%H:%M}"
    words = (in_days(days) if days in (0, 1) else day(alert.due_at, brief)) + clock
    return _("overdue since {when}").format(when=words) if alert.late else _("due {when}").format(when=words)


def figures(brief: Brief, *, average: bool = True) -> list[str]:
    """The line of figures: how often, how much (and at a time: `average`), how long ago, what went back."""
    if not brief.orders:
        if not brief.order_count:
            return [_("nothing bought yet")]
        all_back = brief.refunded_in_full >= brief.order_count
        return [_("orders, all refunded in full") if all_back else _("orders, none of them bought")]
    found = [ngettext("{count} order", "{count} orders", brief.orders).format(count=brief.orders)]
    found.append(_("{amount} in all").format(amount=amount(brief.total_spent, brief.currency)))
    if average and brief.average is not None and brief.orders > 1:
        found.append(_("{amount} each").format(amount=amount(brief.average, brief.currency)))
    if brief.days_since is not None:
        found.append(_("last {days}").format(days=days_ago(brief.days_since)))
    if brief.refunds_total:
        found.append(_("refunded {amount}").format(amount=amount(brief.refunds_total, brief.currency)))
    return found


def orders(brief: Brief) -> str:
    """How many she has bought, as the figures count them; beside it, how many came back, or to nothing (yet).

    What came back was refunded in full; the rest is unpaid or closed.
    """
    others = brief.order_count - brief.orders
    back = min(brief.refunded_in_full, others)
    if back and others > back:
        text = _("orders ({count} bought, {back} refunded in full, {more} not bought)")
    elif back:
        text = _("orders ({count} bought, {back} refunded in full)")
    elif others:
        text = _("orders ({count} bought, {more} not)")
    else:
        text = _("orders ({count})")
    return text.format(count=brief.orders, back=back, more=others - back)


def state(purchase: Purchase) -> str:
    """How far an order has got, money that went back first; with the complaint about it."""
    if purchase.refund == "full":
        words = _("refunded in full")
    elif purchase.refund:
        words = _("{amount} back").format(amount=amount(purchase.refunded, purchase.currency))
    else:
        words = word(purchase.status)
    return f"{words}, {_('complaint')}" if purchase.after_sale else words


def goods(purchase: Purchase) -> str:
    """Its lines: 精华 30ml x1, 面膜 x2."""
    return joined(f"{title} x{quantity}" for title, quantity in purchase.lines)


def birthday(brief: Brief) -> str:
    """Birthday 12-03 (in 12 days); "" where nobody knows it."""
    if brief.birthday_in is None or not brief.card.birthday:
        return ""
    when = in_days(brief.birthday_in)
    return _("birthday {day} ({when})").format(day=brief.card.birthday[-5:], when=when)


def same_reason(name: str) -> str:
    """Why two records may be one person."""
    return _(_REASONS[name]) if name in _REASONS else name


def promotion(brief: Brief) -> str:
    """Promotion: no - complaint open: #204."""
    answer = _(_ANSWER[brief.promotion.answer])
    return _("promotion: {answer} - {why}").format(answer=answer, why=joined(brief.promotion.reasons))


def progress(name: str) -> str:
    """How far a complaint, promise, call or inquiry has got; a plugin's own state as it is named."""
    return _(_PROGRESS[name]) if name in _PROGRESS else name


def consent(state: str) -> str:
    """What she said: agreed, refused, or agreed without proof."""
    return _(_CONSENTS[state]) if state in _CONSENTS else state
