"""Campaigns as people look at them: who gets one and who not, how far it is, what each would read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from crmcore.campaigns.asking import channels_of, media_of
from crmcore.campaigns.body import Body
from crmcore.campaigns.campaigns import Campaign
from crmcore.campaigns.planning import Plan
from crmcore.campaigns.rules import capped_follow_up
from crmcore.desk.campaign_outcome import MEASURES
from crmcore.desk.channel_view import told_receipt
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark, title_of
from crmcore.records.sending import Reason, reason_words
from crmcore.rules.yaml import RuleDocument
from crmcore.rules.yaml_tree import load_tree
from crmcore.shop import Shop
from crmcore.shown import amount_in, labelled, moment, word
from crmcore.store.campaign_rows import MOVES
from crmcore.store.plan_rows import Planned

_STATES = {
    "draft": mark("draft"),
    "scheduled": mark("scheduled"),
    "running": mark("going out"),
    "paused": mark("held"),
    "done": mark("all sent"),
    "cancelled": mark("ended"),
}
_OCCASIONS = {
    "once": mark("once"),
    "year": mark("once a year"),
    "anniversary": mark("each birthday"),
    "month": mark("once a month"),
    "last_order": mark("once after each order"),
    "unpaid_order": mark("once for each unpaid order"),
    "complaint": mark("once after each complaint"),
}
_OTHER_CHANNEL = mark("most cannot be reached by this: name another channel as well")
_NEXT_STEPS = {
    Reason.NO_ADDRESS: _OTHER_CHANNEL,
    Reason.UNFIT_ADDRESS: _OTHER_CHANNEL,
    Reason.BAD_ADDRESS: _OTHER_CHANNEL,
    Reason.REFUSED: mark("most said no to this channel: name another one, or leave them alone"),
    Reason.CAP: mark(
        "most had what they may get: send it later, or allow more (crm campaign rules --set cap=2)"
    ),
    Reason.ALREADY: mark("most had it already: make a new campaign for another message"),
    Reason.COMPLAINT: mark("most have a complaint open: settle those first"),
    Reason.REFUND: mark("most were refunded just now: plan it again when that is past"),
}


@dataclass(frozen=True)
class CampaignLine:
    """One campaign of the list; `state` is its word in the database, `shown_state` in the language in force.

    `begun` is when it goes or went out; `message` why it stands still.
    """

    name: str
    title: str
    kind: str
    purpose: str
    state: str
    shown_state: str
    begun: str
    message: str

    @property
    def can_end(self) -> bool:
        """Whether it can still be ended for good."""
        return "cancelled" in MOVES[self.state]

    @property
    def can_change(self) -> bool:
        """Whether what it says, and when it goes out, can still be changed: it has not begun."""
        return "scheduled" in (self.state, *MOVES[self.state])

    @property
    def is_held(self) -> bool:
        """Whether it is held and may go on."""
        return self.state == "paused"

    @property
    def can_hold(self) -> bool:
        """Whether it goes out and can be held."""
        return "paused" in MOVES[self.state]

    @property
    def can_send(self) -> bool:
        """Whether it may be planned and sent; one that is held goes on first."""
        return not self.is_held and "running" in (self.state, *MOVES[self.state])


@dataclass(frozen=True)
class Part:
    """One part of a plan or of what became of it: so many people, and what is true of them.

    `reason` names those who do not get it, `channel` those who do; both are blank for figures that name
    nobody. `tone` is how much it matters: "", muted, good, warning, error.
    """

    what: str
    people: int
    share: float | None = None
    reason: str = ""
    channel: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Standing:
    """One campaign as its screen shows it: what it says, the kept plan, how far it is.

    `notes` are sentences about what holds it up. `plan_id` None: nothing is planned yet. `to_do`: so many
    wait for a person. `done` of `planned` messages went out or may have.
    """

    line: CampaignLine
    says: tuple[tuple[str, str], ...]
    plan_id: int | None
    planned_at: str
    chosen: int
    audience: int
    plan: tuple[Part, ...]
    became: tuple[Part, ...]
    notes: tuple[str, ...]
    cost: str
    done: int
    planned: int
    to_do: int


@dataclass(frozen=True)
class PersonLine:
    """Somebody in a plan: what was planned for her, and what became of it, in words."""

    id: int
    name: str
    why: str
    later: str


def campaigns(shop: Shop) -> list[CampaignLine]:
    """Every campaign, the newest first."""
    kinds = _kind_titles(shop)
    return [_line(shop, one, kinds) for one in shop.campaigns.all()]


def _kind_titles(shop: Shop) -> dict[str, str]:
    return {kind.name: kind.title for kind in shop.campaigns.kinds()}


def _line(shop: Shop, one: Campaign, kinds: Mapping[str, str]) -> CampaignLine:
    at = one.row.started_at or one.row.starts_at
    begun = moment(at, shop.settings.time_zone) if at else ""
    kind = kinds.get(one.row.kind, one.row.kind)
    state, message = one.row.state, one.row.message or ""
    shown = _(_STATES[state]) if state in _STATES else word(state)
    return CampaignLine(one.row.name, one.title, kind, word(one.row.purpose), state, shown, begun, message)


def standing(shop: Shop, name: str) -> Standing:
    """How a campaign stands; raises `NotFoundError`."""
    found = shop.campaigns.get(name)
    plans, status = shop.campaigns.plans(name), shop.campaigns.status(name)
    plan = plans[0] if plans else None
    held = capped_follow_up(found.body, shop.campaigns.rules())
    became = [Part(words, number) for words, number in status.lines()]
    became += [Part(labelled(one.title, _("went out")), one.done) for one in status.turns]
    return Standing(
        _line(shop, found, _kind_titles(shop)),
        tuple(_says(shop, found.body)),
        plan.id if plan else None,
        moment(plan.at, shop.settings.time_zone) if plan else "",
        plan.chosen if plan else 0,
        plan.audience if plan else 0,
        tuple(_parts(shop, plan)) if plan else (),
        tuple(became),
        (*(plan_notes(shop, plan, "F9", _("Esc, then l and b")) if plan else ()), *([held] if held else ())),
        amount_in(status.cost, shop.settings.currency),
        status.done,
        status.planned,
        status.to_do,
    )


def _says(shop: Shop, body: Body) -> list[tuple[str, str]]:
    titles = channel_titles(shop)
    found = [(_("For whom"), _whom(shop, body)), (_("How often"), _(_OCCASIONS[body.occasion]))]
    found.append((_("Channels"), joined(titles.get(one, one) for one in body.channels) or _("none yet")))
    if body.node is not None:
        found.append((_("Day"), body.node.isoformat()))
        found += [(_("Goes out"), one) for one in _begins(shop, body, titles)]
    for channel in body.channels:
        words = body.words(channel)
        text = _("template {name}").format(name=words.template) if words.template else words.text
        found.append((titles.get(channel, channel), text))
    for number, one in enumerate(body.follow_ups, 1):
        by = joined(titles.get(name, name) for name in one.channels or body.channels)
        text = next((words.text or words.template for words in one.messages.values()), "")
        label = _("Follow-up {number}").format(number=number)
        told = _("{days} days later, by {channels}, unless she bought or answered: {text}")
        if set(one.unless) != {"bought", "replied"}:
            told = _("{days} days later, by {channels}: {text}")
        found.append((label, told.format(days=one.after, channels=by, text=text)))
    found.append((_("Control group"), f"{100 * body.control:g}%"))
    if body.goal is not None:
        found.append((_("Goal"), f"{body.goal.value} {_(MEASURES[body.goal.measure])}"))
    if body.budget is not None:
        found.append((_("Budget"), amount_in(body.budget, shop.settings.currency)))
    if body.code:
        found.append((_("Code"), body.code))
    return found


def _begins(shop: Shop, body: Body, titles: Mapping[str, str]) -> list[str]:
    """From which day on each channel goes out that does so before the day of the festival."""
    media = media_of(channels_of(shop))
    days = {name: body.days_ahead(name, media.get(name, name)) for name in body.channels}
    node = body.node
    return [
        _("{channel} from {day}").format(channel=titles.get(name, name), day=node - timedelta(days=ahead))
        for name, ahead in days.items()
        if node is not None and ahead
    ]


def _whom(shop: Shop, body: Body) -> str:
    if body.segment:
        titles = {one.name: one.title for one in shop.segments.all()}
        return titles.get(body.segment, body.segment)
    if body.where is not None:
        return shop.segments.sentence(RuleDocument("rule", load_tree(body.where)))
    if body.unpaid is not None:
        return _("unpaid orders, {low:g} to {high:g} hours old").format(
            low=body.unpaid.from_hours, high=body.unpaid.to_hours
        )
    return _("nobody yet")


def channel_titles(shop: Shop) -> dict[str, str]:
    """The channels' titles in the language in force, by name."""
    return {one.name: title_of(one.zh, one.en) or one.name for _plugin, one in shop.channels.all()}


def _parts(shop: Shop, plan: Plan) -> list[Part]:
    """Who gets it by what, then who does not and why, the most first."""
    titles = channel_titles(shop)
    gets = [
        Part(
            _("gets it: {channel}").format(channel=titles.get(name, name)),
            number,
            number / plan.audience if plan.audience else None,
            "none",
            name,
            "good",
        )
        for name, number in plan.channels.items()
    ]
    reasons = sorted(plan.reasons.items(), key=lambda one: -one[1])
    not_ = [
        Part(
            _("not: {reason}").format(reason=reason_words(reason)),
            number,
            number / plan.audience if plan.audience else None,
            Reason(reason).name.lower(),
        )
        for reason, number in reasons
    ]
    wished = [Part(wish_words(wish), number) for wish, number in sorted(plan.wishes.items())]
    unfit = [Part(labelled(_("not: address"), words), number) for words, number in plan.problems.items()]
    return gets + wished + not_ + unfit


def wish_words(wish: Reason) -> str:
    """How it was with the channel that she wishes."""
    if wish is Reason.NONE:
        return _("gets it by the channel she wishes")
    return _("gets it, not by the channel she wishes: {why}").format(why=reason_words(wish))


def sent_words(done: Mapping[str, object]) -> str:
    """What a run did (`Sent.as_json`), in words; "" where it did nothing."""
    words = {
        "sent": _("sent"),
        "by_hand": _("to be sent by hand"),
        "skipped": _("not after all"),
        "failed": _("failed"),
        "unknown": _("unknown whether they arrived"),
    }
    return joined(f"{words[key]} {done[key]:,}" for key in words if done.get(key))


def why_words(one: Planned, plan: Plan) -> str:
    """Why she does not get it, with what a channel said of her address; or how her wish was met."""
    words = reason_words(one.reason)
    if one.problem is not None and one.problem < len(plan.problems):
        return labelled(words, list(plan.problems)[one.problem])
    if one.reason is Reason.NONE and one.wish is not None:
        return wish_words(one.wish)
    return words


def plan_notes(shop: Shop, plan: Plan, plugins: str, basis: str) -> list[str]:
    """What holds up a plan, and the next step: where `plugins` are looked at, where a `basis` is stated."""
    text = _("channel {name} cannot be used: {where} tells why")
    found = [text.format(name=name, where=plugins) for name in plan.missing]
    if step := _next_step(plan):
        found.append(step)
    if plan.quiet_until:
        until = moment(plan.quiet_until, shop.settings.time_zone)
        found.append(_("it is night: nothing goes out before {until}").format(until=until))
    if unasked := plan.reasons.get(Reason.UNASKED):
        found.append(
            _(
                "{count} customers never agreed: if the law lets you write to your buyers all the same, "
                "state on what basis with {how}"
            ).format(count=f"{unasked:,}", how=basis)
        )
    return found


def _next_step(plan: Plan) -> str:
    """What to do where nobody gets anything; "" where that is said already, or it is night."""
    if plan.chosen or plan.missing or plan.quiet_until:
        return ""
    if not plan.audience:
        return _("nobody belongs to the audience: choose another segment, or loosen its rule")
    most = max(plan.reasons, key=lambda reason: plan.reasons[reason], default=Reason.NONE)
    return _(_NEXT_STEPS[most]) if most in _NEXT_STEPS else ""


def people(
    shop: Shop, name: str, plan_id: int, part: Part, after: int = 0, limit: int | None = 500
) -> list[PersonLine]:
    """Those of one part of a kept plan, by number."""
    found = shop.campaigns.people(
        name, plan_id, reasons=(part.reason,), channel=part.channel or None, after=after, limit=limit
    )
    plan = shop.campaigns.kept_plan(name, plan_id)
    return [
        PersonLine(
            one.person,
            one.name or f"#{one.person}",
            why_words(one, plan),
            "" if one.later is None else reason_words(one.later),
        )
        for one in found
    ]


def why(shop: Shop, name: str, customer_id: int) -> list[tuple[str, str]]:
    """Whether one customer gets it, and what stands against each channel: (what, words)."""
    found, channels = shop.campaigns.verdict(name, customer_id)
    titles = channel_titles(shop)
    rows = [(_("As things stand now"), reason_words(found.reason))]
    return rows + [
        (titles.get(one, one), _("can be used") if reason is Reason.NONE else reason_words(reason))
        for one, reason in channels.items()
    ]


def preview(shop: Shop, name: str, customer_id: int) -> list[tuple[str, str]]:
    """What one customer would read on each channel: (channel, text, or why there is none)."""
    titles, found = channel_titles(shop), []
    for channel in shop.campaigns.get(name).body.channels:
        shown = shop.campaigns.preview(name, channel, [customer_id], 1)
        for one in shown.messages:
            subject = f"{one.subject}\n" if one.subject else ""
            text = f"! {one.problem}" if one.problem else subject + one.text
            found.append(
                (titles.get(channel, channel), "\n".join([text, *(f"! {x}" for x in shown.findings)]))
            )
    return found


def try_out(shop: Shop, name: str, channel: str, to: str) -> str:
    """Send a test message of the campaign to one of the staff; returns what became of it, in words."""
    return told_receipt(shop.campaigns.test(name, to, channel), channel, to)
