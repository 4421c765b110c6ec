"""`brief`: what somebody at the desk must know of a customer while she is writing, in that order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from crmcore.desk.brief_promotion import Promotion, ask_guards, promotion
from crmcore.desk.lookup import Match, place
from crmcore.i18n import title_of
from crmcore.records.anniversary import age_on, days_to
from crmcore.records.clock import Clock, day_of
from crmcore.records.customer import CustomerCard, OrderCard
from crmcore.records.order import is_refunded_in_full
from crmcore.shop import Shop
from crmcore.store.glance import Glance, Other, glance
from crmcore.store.interactions import Interaction, Kinds
from crmcore.store.orders import happened_at

# How an alert ranks on the card; other kinds come after these.
_RANKS = {"complaint": 0, "promise": 1, "call": 2, "inquiry": 3}
_TIER = re.compile(r"^(?:S?VIP|V|LV)\.?\s*\d{0,2}$|^(?:金卡|银卡|钻石|黑卡|白金)\S{0,4}$", re.IGNORECASE)
_TIER_FIELDS = ("tier", "level", "会员等级", "等级")
_OWNER_FIELDS = ("owner", "接待", "客服", "负责人")
QUIET_DAYS, ASLEEP_DAYS = 90, 180


@dataclass(frozen=True)
class Alert:
    """Something that still asks for an answer: a complaint, a promise, a call-back, an inquiry, a plugin's.

    `late`: its due instant has passed; `today`: it is due today or earlier. `grade` is a complaint's, 1 the
    worst.
    """

    id: int
    kind: str
    title: str
    text: str
    state: str
    at: int
    due_at: int | None
    owner: str | None
    grade: int | None
    order_id: int | None
    late: bool
    today: bool


@dataclass(frozen=True)
class Talk:
    """What was said: when, through what, by whom of the staff; `title` names its kind."""

    id: int
    kind: str
    title: str
    at: int
    channel: str | None
    owner: str | None
    text: str


@dataclass(frozen=True)
class Purchase:
    """One order; `amount` is what she paid in the end, of a refunded one what she had paid (minor units).

    `refund`: "" none, part, full; `reason` why, where a complaint about it tells. `after_sale`: a complaint
    about it is open. `lines` are (title, quantity). `asked`: she was looked up by this order.
    """

    id: int
    number: str
    at: int | None
    status: str
    status_text: str | None
    amount: int
    refunded: int
    currency: str
    refund: str
    reason: str | None
    after_sale: bool
    lines: tuple[tuple[str, int], ...]
    asked: bool = False


@dataclass(frozen=True)
class Brief:
    """One customer at a glance.

    `standing`: new (nothing bought yet), once, old (bought more than once); `mood`: "", quiet or asleep, by
    how long ago the last order was. Amounts are minor units of `currency`, instants UTC seconds, `now` the
    moment of asking. `owner`: who looks after her.
    """

    id: int
    asked_id: int
    now: int
    time_zone: str
    currency: str
    standing: str
    mood: str
    card: CustomerCard
    age_band: str
    place: str
    platforms: tuple[str, ...]
    tier: str
    owner: str
    orders: int
    total_spent: int
    average: int | None
    days_since: int | None
    refunds: int
    refunded_in_full: int
    refunds_total: int
    alerts: tuple[Alert, ...]
    talks: tuple[Talk, ...]
    notes: tuple[Talk, ...]
    bad_reviews: tuple[Talk, ...]
    purchases: tuple[Purchase, ...]
    order_count: int
    tags: tuple[str, ...]
    birthday_in: int | None
    promotion: Promotion
    others: tuple[Other, ...]
    own: Mapping[str, str] = field(default_factory=dict)  # the shop's own fields: name -> title

    @property
    def called(self) -> str:
        """What to call her."""
        return self.card.nickname or self.card.name or f"#{self.id}"

    @property
    def as_match(self) -> Match:
        """Her line in a list of those who were looked at before."""
        return Match(
            self.id,
            self.card.name,
            self.card.nickname,
            self.place,
            self.orders,
            self.card.facts.get("last_order_at"),
            "recent",
            certain=True,
            shown="",
        )

    @property
    def today(self) -> date:
        """The shop's day of asking."""
        return day_of(self.now, self.time_zone)

    def alerts_of(self, kind: str) -> tuple[Alert, ...]:
        """Those of one kind."""
        return tuple(one for one in self.alerts if one.kind == kind)


def brief(shop: Shop, customer_id: int, about: str | None = None) -> Brief:
    """All that the card says about a customer, by any id she ever had; raises `NotFoundError`.

    `about` is the number of the order that she was looked up by: it stands first.
    """
    shop.permit("customer.show")
    with shop.database.read() as connection:
        seen = glance(connection, customer_id, shop.kinds, shop.facts.cards, about=about)
        asked = ask_guards(shop, connection, seen.card.id)
    clock = shop.clock()
    card, facts = seen.card, seen.card.facts
    alerts = _alerts(seen.open, shop.kinds, clock)
    complaints = [one.id for one in alerts if one.kind == "complaint"]
    open_ids = {one.id for one in alerts}
    days_since = None
    if (last := facts.get("last_order_at")) is not None:
        days_since = (clock.today - day_of(last, clock.zone)).days
    purchases = tuple(_purchase(order, seen, about) for order in seen.orders)
    return Brief(
        id=card.id,
        asked_id=card.asked_id,
        now=clock.now,
        time_zone=clock.zone,
        currency=shop.settings.currency,
        standing=_standing(facts.get("orders", 0)),
        mood=_mood(days_since),
        card=card,
        age_band=_age_band(card.birthday, clock.today),
        place=place(card.province or facts.get("province"), card.city or facts.get("city")),
        platforms=facts.get("platforms", ()),
        tier=_tier(card),
        owner=_owner(card, seen),
        orders=facts.get("orders", 0),
        total_spent=facts.get("total_spent", 0),
        average=facts.get("average_order_value"),
        days_since=days_since,
        refunds=facts.get("orders_refunded", 0) + sum(one.refund == "part" for one in purchases),
        refunded_in_full=facts.get("orders_refunded", 0),
        refunds_total=facts.get("refunds_total", 0),
        alerts=alerts,
        talks=tuple(_talk(one, shop.kinds) for one in seen.talks if one.id not in open_ids),
        notes=tuple(_talk(one, shop.kinds) for one in seen.notes),
        bad_reviews=tuple(_talk(one, shop.kinds) for one in seen.reviews),
        purchases=purchases,
        order_count=seen.order_count,
        tags=card.tags,
        birthday_in=days_to(card.birthday[-5:], clock.today, since=False) if card.birthday else None,
        promotion=promotion(asked, card.consents, complaints=complaints, orders=seen.orders, clock=clock),
        others=seen.others,
        own={one.name: one.title for one in shop.facts.own},
    )


def _alerts(found: Sequence[Interaction], kinds: Kinds, clock: Clock) -> tuple[Alert, ...]:
    alerts = [_alert(one, kinds, clock) for one in found]
    far = 2**62
    return tuple(sorted(alerts, key=lambda one: (_RANKS.get(one.kind, 9), one.due_at or far, one.id)))


def _alert(found: Interaction, kinds: Kinds, clock: Clock) -> Alert:
    due = found.due_at
    return Alert(
        found.id,
        found.kind,
        kind_title(kinds, found.kind),
        found.text,
        found.state or "",
        found.at,
        due,
        found.owner,
        found.payload.get("grade"),
        found.order_id,
        late=due is not None and due < clock.now,
        today=due is not None and day_of(due, clock.zone) <= clock.today,
    )


def _talk(found: Interaction, kinds: Kinds) -> Talk:
    title = kind_title(kinds, found.kind)
    return Talk(found.id, found.kind, title, found.at, found.channel, found.owner, found.text)


def _purchase(order: OrderCard, seen: Glance, asked: str | None) -> Purchase:
    about = [one for one in seen.complaints if one.order_id == order.id]
    full = is_refunded_in_full(order.refunded_total, order.net_total)
    paid = order.net_total + order.refunded_total
    if order.paid_at is None:
        paid = order.ordered_total
    return Purchase(
        order.id,
        order.number,
        happened_at(order) or None,
        order.status,
        order.status_text,
        paid,
        order.refunded_total,
        order.currency,
        "full" if full else "part" if order.refunded_total else "",
        next((str(one.payload.get("cause") or one.text) for one in about), None),
        any(one.kind == "complaint" and one.order_id == order.id for one in seen.open),
        tuple((line.title or line.sku or "?", line.quantity) for line in order.lines),
        asked=order.number == asked,
    )


def kind_title(kinds: Kinds, name: str) -> str:
    """The kind's title in the language in force; its bare name where its plugin is gone."""
    kind = kinds.get(name)
    return title_of(kind.zh, kind.en) if kind else name


def _standing(orders: int) -> str:
    return "new" if not orders else "once" if orders == 1 else "old"


def _mood(days_since: int | None) -> str:
    if days_since is None or days_since < QUIET_DAYS:
        return ""
    return "asleep" if days_since >= ASLEEP_DAYS else "quiet"


def _age_band(birthday: str | None, today: date) -> str:
    """26-30 for somebody of 28; "" where the year of birth is unknown."""
    age = age_on(birthday, today) if birthday else None
    if age is None or age > 120:
        return ""
    if age < 18:
        return "<18"
    low = max((age - 1) // 5 * 5 + 1, 18)
    return f"{low}-{(age - 1) // 5 * 5 + 5}"


def _tier(card: CustomerCard) -> str:
    said = next((card.extra[name] for name in _TIER_FIELDS if card.extra.get(name)), "")
    return said or next((tag for tag in card.tags if _TIER.match(tag)), "")


def _owner(card: CustomerCard, seen: Glance) -> str:
    said = next((card.extra[name] for name in _OWNER_FIELDS if card.extra.get(name)), "")
    return said or next((one.owner for one in seen.talks if one.owner), "")
