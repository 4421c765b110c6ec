"""Work by hand for campaigns: the lists that wait, the next customer, what came of it, in shown words."""

from __future__ import annotations

from dataclasses import dataclass

from crmcore.campaigns import work
from crmcore.campaigns.quiet import opens_at
from crmcore.campaigns.work import Answer, Round
from crmcore.desk.brief_words import amount
from crmcore.i18n import gettext as _
from crmcore.i18n import ngettext
from crmcore.records.clock import day_of
from crmcore.records.typed_times import instant_from
from crmcore.shop import Shop
from crmcore.shown import labelled, moment

__all__ = ["Answer", "Round", "Task"]


@dataclass(frozen=True)
class Task:
    """One customer to call or to write to: `figures` in one line, `text` what is to be said.

    `copied` goes onto the clipboard; `waiting` and `done` are those of the list.
    """

    id: int
    customer_id: int
    name: str
    address: str
    figures: str
    text: str
    copied: str
    answers: tuple[Answer, ...]
    waiting: int
    later: int
    done: int


def rounds(shop: Shop) -> list[Round]:
    """The lists of work that have something left."""
    return work.rounds(shop)


def take(shop: Shop, campaign: str, channel: str) -> Task | str:
    """The next customer of a list, held for whoever asks; when nobody waits now, that in words."""
    item = work.take_next(shop, campaign, channel)
    if item is None:
        return nobody(shop, campaign, channel)
    found = [one for one in work.rounds(shop) if (one.campaign, one.channel) == (campaign, channel)]
    left = found[0] if found else None
    return Task(
        item.id,
        item.customer_id,
        item.name,
        item.address,
        _figures(shop, item.facts),
        item.text,
        item.copied,
        item.answers,
        left.waiting if left else 0,
        left.later if left else 0,
        left.done if left else 0,
    )


def nobody(shop: Shop, campaign: str, channel: str | None = None) -> str:
    """That nobody of a campaign waits now; how many do later, from when on, and why not now."""
    found = [one for one in work.rounds(shop) if one.campaign == campaign and channel in (None, one.channel)]
    words = [_("Nobody waits now.")]
    others = sum(one.others for one in found)
    firsts = [one.next_at for one in found if one.next_at is not None]
    if firsts:
        now = shop.clock().now
        quiet = shop.campaigns.get(campaign).body.purpose == "promotion"
        opens = opens_at("", shop.campaigns.rules(), shop.settings.time_zone, now) if quiet else now
        why = _("it is night") if opens > now else _("put off, or it is night where they live")
        count = sum(one.waiting + one.later for one in found) - others
        text = ngettext(
            "{count} comes up later, at {when}", "{count} come up later, the first at {when}", count
        )
        when = moment(max(opens, min(firsts)), shop.settings.time_zone)
        words.append(labelled(text.format(count=f"{count:,}", when=when), why))
    if others:
        text = ngettext("{count} is in somebody else's hands", "{count} are in somebody else's hands", others)
        words.append(text.format(count=f"{others:,}"))
    return "\n".join(words)


def answer(shop: Shop, task: Task, given: Answer, campaign: str, channel: str, until: str = "") -> Task | str:
    """Say what came of a task, and take the next; `until` is when to try again, as typed.

    Raises `UsageError` for a time that is none, or past; the task is still held then.
    """
    again = instant_from(until, shop.clock()) if given.later else None
    work.finish(shop, task.id, given.name, again_at=again)
    return take(shop, campaign, channel)


def _figures(shop: Shop, facts: dict[str, object]) -> str:
    currency, clock = shop.settings.currency, shop.clock()
    parts = []
    if orders := facts.get("orders"):
        count = int(str(orders))
        parts.append(ngettext("{count} order", "{count} orders", count).format(count=count))
    if spent := facts.get("total_spent"):
        parts.append(_("{amount} in all").format(amount=amount(int(str(spent)), currency)))
    if last := facts.get("last_order_at"):
        days = (clock.today - day_of(int(str(last)), clock.zone)).days
        parts.append(ngettext("last {count} day ago", "last {count} days ago", days).format(count=days))
    return "  ".join(parts)
