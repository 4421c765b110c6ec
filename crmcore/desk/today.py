"""What is to do today, as queues: promises, complaints, call-backs, birthdays, unpaid orders, inquiries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from crmcore.desk.brief_words import amount, days_ago, in_days
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, ngettext, title_of
from crmcore.records.anniversary import YEAR_DAYS, age_on, days_to
from crmcore.records.clock import Clock, day_end, day_of, day_start, zone
from crmcore.records.interaction import InteractionKind
from crmcore.shop import Shop
from crmcore.shown import labelled
from crmcore.store import todo

PROMISES, COMPLAINTS, CALLS, BIRTHDAYS, UNPAID, INQUIRIES, OTHERS = (
    "promises",
    "complaints",
    "calls",
    "birthdays",
    "unpaid",
    "inquiries",
    "others",
)
TITLES = {
    PROMISES: mark("Promises"),
    COMPLAINTS: mark("Complaints"),
    CALLS: mark("Call-backs"),
    BIRTHDAYS: mark("Birthdays"),
    UNPAID: mark("Unpaid"),
    INQUIRIES: mark("Inquiries"),
    OTHERS: mark("Other things"),
}
_OF_KINDS = {"promise": PROMISES, "complaint": COMPLAINTS, "call": CALLS, "inquiry": INQUIRIES}
SHOWN = 200  # rows of a queue: nobody does more in a day
INQUIRY_DAYS = 30  # an inquiry that nobody answered for longer is not today's work
_TABLE, _DOCUMENT = "desk", "today"


@dataclass(frozen=True)
class Ahead:
    """How far Today looks: days back for unpaid orders, days ahead for birthdays."""

    unpaid_days: int = 3
    birthday_days: int = 7


@dataclass(frozen=True)
class Task:
    """One thing to do for one customer.

    `what` is what was written down, `when` says how it stands with its day in a few words, `why` in a
    sentence why it is here. `late`: its day has passed. It is about an interaction (`interaction_id`, of
    `kind` in `state`), an order (`order`: source and number), or her birthday.
    """

    queue: str
    customer_id: int
    name: str
    what: str
    when: str
    why: str
    late: bool = False
    due_at: int | None = None
    owner: str | None = None
    interaction_id: int | None = None
    kind: str = ""
    state: str = ""
    order: tuple[str, str] | None = None

    @property
    def key(self) -> tuple[str, object]:
        """What tells it from every other one of the day."""
        return self.queue, self.interaction_id or self.order or self.customer_id


@dataclass(frozen=True)
class Queue:
    """The tasks of one sort: how many there are, and the first of them (`SHOWN` at most)."""

    name: str
    count: int
    tasks: tuple[Task, ...]

    @property
    def title(self) -> str:
        """Its title in the language in force."""
        return _(TITLES[self.name])


@dataclass(frozen=True)
class Day:
    """What is to do on a day, and how much of it was done already; where there is nothing, what is next."""

    today: date
    queues: tuple[Queue, ...]
    done: int
    next: Task | None = None

    @property
    def open(self) -> int:
        """How much there is still to do."""
        return sum(queue.count for queue in self.queues)

    def queue(self, name: str) -> Queue:
        """The queue of that name."""
        return next(queue for queue in self.queues if queue.name == name)


def look(shop: Shop, *, mine: bool = False, limit: int = SHOWN) -> Day:
    """What is to do today; with `mine` what is the actor's own, or nobody's."""
    shop.permit("customer.find")
    ahead = read_ahead(shop)
    clock = shop.clock()
    owner = shop.actor if mine else None
    with shop.database.read() as connection:
        found = _Asking(shop, connection, clock, owner, limit)
        by_name = {name: found.of_kind(shop.kinds[kind]) for kind, name in _OF_KINDS.items()}
        by_name[BIRTHDAYS] = found.birthdays(ahead.birthday_days)
        by_name[UNPAID] = found.unpaid(ahead.unpaid_days)
        others = [found.of_kind(kind) for kind in shop.kinds.values() if _is_other(kind)]
        by_name[OTHERS] = sum(one[0] for one in others), [task for one in others for task in one[1]][:limit]
        start = day_start(clock.today, clock.zone)
        done = todo.finished(connection, shop.kinds, start, owner)
        queues = [Queue(name, by_name[name][0], tuple(by_name[name][1])) for name in TITLES]
        coming = None if any(queue.count for queue in queues) else found.next()
    shown = tuple(queue for queue in queues if queue.count or queue.name != OTHERS)
    return Day(clock.today, shown, done, coming)


def read_ahead(shop: Shop) -> Ahead:
    """How far this shop looks; kept among its documents."""
    row: Any = next((one for one in shop.documents.table(_TABLE) if one.get("name") == _DOCUMENT), {})
    return Ahead(row.get("unpaid_days", Ahead.unpaid_days), row.get("birthday_days", Ahead.birthday_days))


def keep_ahead(shop: Shop, unpaid_days: int, birthday_days: int) -> None:
    """Look so far from now on; raises `UsageError` for days that make no sense."""
    shop.permit("settings")
    if not (1 <= unpaid_days <= 60 and 0 <= birthday_days <= 60):
        raise UsageError(_("days to look back are 1 to 60, days to look ahead 0 to 60"))
    from crmcore.rules.where import where

    row = {"name": _DOCUMENT, "unpaid_days": unpaid_days, "birthday_days": birthday_days}
    shop.documents.table(_TABLE).upsert(row, where("name") == _DOCUMENT)


def _is_other(kind: InteractionKind) -> bool:
    return bool(kind.open_states) and kind.can_be_due and kind.name not in _OF_KINDS


@dataclass(frozen=True)
class _Asking:
    """One look at the shop: each method gives how many there are, and the first of them."""

    shop: Shop
    connection: sa.Connection
    clock: Clock
    owner: str | None
    limit: int

    def of_kind(self, kind: InteractionKind) -> tuple[int, list[Task]]:
        """What of this kind is due by the end of today; complaints whenever they are due."""
        until = None if kind.name == "complaint" else day_end(self.clock.today, self.clock.zone)
        since = self.clock.now - INQUIRY_DAYS * 86_400 if kind.name == "inquiry" else None
        count, things = todo.open_things(
            self.connection, kind, until=until, owner=self.owner, unanswered_since=since, limit=self.limit
        )
        return count, [self._task(kind, thing) for thing in things]

    def next(self) -> Task | None:
        """The first thing that is due after today."""
        kinds = [kind for kind in self.shop.kinds.values() if kind.open_states and kind.can_be_due]
        until = day_end(self.clock.today, self.clock.zone)
        thing = todo.next_due(self.connection, kinds, until, self.owner)
        return self._task(self.shop.kinds[thing.kind], thing) if thing else None

    def _task(self, kind: InteractionKind, thing: todo.OpenThing) -> Task:
        queue = _OF_KINDS.get(kind.name, OTHERS)
        late = thing.due_at is not None and thing.due_at < self.clock.now
        title = title_of(kind.zh, kind.en)
        why = _("{kind}, {state}, written down {days}").format(
            kind=title, state=kind.state_title(thing.state), days=self._since(thing.at)
        )
        what = thing.text if queue != OTHERS else labelled(title, thing.text)
        return Task(
            queue=queue,
            customer_id=thing.customer_id,
            name=thing.name or f"#{thing.customer_id}",
            what=what,
            when=self._when(thing),
            why=_("{one}; {other}").format(one=why, other=self._reason(kind, thing, late)),
            late=late,
            due_at=thing.due_at,
            owner=thing.owner,
            interaction_id=thing.id,
            kind=kind.name,
            state=thing.state,
        )

    def _reason(self, kind: InteractionKind, thing: todo.OpenThing, late: bool) -> str:
        if thing.due_at is not None:
            moment = datetime.fromtimestamp(thing.due_at, zone(self.clock.zone))
            words = _("overdue since {when}") if late else _("due {when}")
            return words.format(when=f"{moment:%Y-%m-%d %H:%M}")
        if kind.name == "inquiry":
            return _("nobody was in contact with her since")
        return _("no day was set for it")

    def _when(self, thing: todo.OpenThing) -> str:
        """How it stands with its day, short: `3 days late`, `18:00`, `in 2 days`, `since 5 days`."""
        today = self.clock.today
        if thing.due_at is None:
            days = (today - day_of(thing.at, self.clock.zone)).days
            return ngettext("open {days} day", "open {days} days", days).format(days=days)
        moment = datetime.fromtimestamp(thing.due_at, zone(self.clock.zone))
        days = (moment.date() - today).days
        if days < 0:
            return ngettext("{days} day late", "{days} days late", -days).format(days=-days)
        whole_day = (moment.hour, moment.minute) == (23, 59)
        if thing.due_at < self.clock.now:
            return _("late, {time}").format(time=f"{moment:%H:%M}")
        return in_days(days) if days or whole_day else f"{in_days(0)} {moment:%H:%M}"

    def _since(self, at: int) -> str:
        return days_ago((self.clock.today - day_of(at, self.clock.zone)).days)

    def birthdays(self, ahead: int) -> tuple[int, list[Task]]:
        """Whose birthday is today or on one of the next days."""
        first = self.clock.today
        days = [first + timedelta(days=number) for number in range(ahead + 1)]
        texts = [(day, [text for text in YEAR_DAYS if days_to(text, day, since=False) == 0]) for day in days]
        spoken_since = day_start(first - timedelta(days=ahead + 1), self.clock.zone)
        count, found = todo.birthdays(self.connection, texts, spoken_since=spoken_since, limit=self.limit)
        return count, [self._birthday(one) for one in found]

    def _birthday(self, one: todo.Birthday) -> Task:
        age = age_on(one.birthday, one.day)
        what = _("birthday {day}").format(day=f"{one.day:%m-%d}")
        if age is not None:
            what += _(", turns {age}").format(age=age)
        left = (one.day - self.clock.today).days
        bought = ngettext("{count} order", "{count} orders", one.orders).format(count=one.orders)
        why = _("her birthday is {when}; so far {bought}").format(when=in_days(left), bought=bought)
        name = one.name or f"#{one.customer_id}"
        return Task(BIRTHDAYS, one.customer_id, name, what, in_days(left), why)

    def unpaid(self, back: int) -> tuple[int, list[Task]]:
        """Orders that were placed on one of the last days and are not paid."""
        since = day_start(self.clock.today - timedelta(days=back), self.clock.zone)
        count, found = todo.unpaid_orders(self.connection, since, limit=self.limit)
        return count, [self._unpaid(one) for one in found]

    def _unpaid(self, one: todo.UnpaidOrder) -> Task:
        total = amount(one.ordered_total, one.currency)
        return Task(
            queue=UNPAID,
            customer_id=one.customer_id,
            name=one.name or f"#{one.customer_id}",
            what=_("order {number}, {amount}").format(number=one.number, amount=total),
            when=self._since(one.placed_at),
            why=_(
                "placed {when} and not paid; she bought nothing since, and nobody spoke to her about it"
            ).format(when=self._since(one.placed_at)),
            order=(one.source, one.number),
        )
