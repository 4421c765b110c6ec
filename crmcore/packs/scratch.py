"""A pack's own tests, run on made-up people in a scratch database.

Each segment is asked twice: by the database for all people, and in memory person by person. A test holds when
both find whom the pack expects; a difference between the two would be a fault of ours and is told as one.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from crmcore.errors import CrmError, NotFoundError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.packs.cases import Case, Person, day_of_event
from crmcore.packs.installed import as_row, layers
from crmcore.packs.pack import Documents, Pack
from crmcore.records.clock import day_start
from crmcore.records.money import to_minor
from crmcore.rules.fields import suggestion
from crmcore.rules.memory import matches
from crmcore.segments.question import Question
from crmcore.store import schema
from crmcore.store.changes import insert, insert_many
from crmcore.store.database import Write
from crmcore.store.playbook_tables import LAYERS

_NOON = 12 * 3600
_EMPTIED = (
    "order_lines", "orders", "refunds", "interactions", "tags", "identities", "customers", "cards",
    "search_texts", "stale",
)  # fmt: skip


@dataclass(frozen=True)
class CaseResult:
    """What one test found: for each segment that was wrong, a sentence."""

    title: str
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {"test": self.title, "passed": self.passed, "faults": list(self.faults)}


# Makes an empty shop with the same plugins in that folder; closes it when the block ends.
Scratch = Callable[[Path], AbstractContextManager[Any]]


def run_cases(pack: Pack, bodies: Documents, scratch: Scratch) -> Iterator[CaseResult]:
    """Run a pack's tests, one after the other, in one scratch shop that has the plugins it needs."""
    if not pack.cases:
        return
    with (
        tempfile.TemporaryDirectory(prefix="crm-pack-", ignore_cleanup_errors=True) as folder,
        scratch(Path(folder)) as shop,
    ):
        rows = [as_row(layer) for layer in layers("pack", 1, bodies)]
        shop.documents.table(LAYERS).insert_multiple(rows)
        for plugin in pack.manifest.plugins:
            with suppress(NotFoundError):  # what is missing is told by the segments that need it
                shop.switch_plugin(plugin, on=True)
        shop.plugins_changed()  # the pack may set them
        shop.catalogue  # noqa: B018 - loads the plugins now: no write may begin with that
        for case in pack.cases:
            ids = _people(shop, case)
            yield CaseResult(case.title, tuple(_wrong(shop, case, ids)))


def _wrong(shop: Any, case: Case, ids: Mapping[int, str]) -> Iterator[str]:
    catalogue = shop.catalogue
    segments = replace(
        shop.segments, catalogue=lambda: catalogue
    )  # made anew for each it would cost the most
    known = segments.known()
    for name, expected in case.expect.items():
        if name not in known:
            text = _("there is no segment {name}{hint}")
            yield text.format(name=repr(name), hint=suggestion(name, list(known)))
            continue
        params = {key: value for key, value in case.params.items() if key in known[name].params}
        try:
            with segments.question(known[name], known, case.as_of, params) as question:
                found = {ids[one] for one in question.ids()}
                held = {ids[int(card["customer_id"])] for card in question.cards() if _holds(question, card)}
        except CrmError as error:
            yield f"{name}: {error}"
            continue
        if found != set(expected):
            text = _("{segment}: expected {expected}, found {found}")
            yield text.format(segment=name, expected=_names(expected), found=_names(found))
        if found != held:
            text = _("{segment}: the database finds {found}, memory finds {held}")
            yield text.format(segment=name, found=_names(found), held=_names(held))


def _holds(question: Question, card: Mapping[str, Any]) -> bool:
    """Whether the rule holds in memory."""
    return matches(question.bound, card, question.clock, question.events(int(card["customer_id"])))


def _written(value: Any) -> str:
    """A value of an own field as a record keeps it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _names(names: Any) -> str:
    return joined(sorted(names)) or _("nobody")


def _people(shop: Any, case: Case) -> dict[int, str]:
    """Put the test's people in the place of those before; returns their names by id."""
    with shop.database.write("pack test", actor="system", kind="edit") as write:
        for name in _EMPTIED:
            write.connection.execute(sa.delete(schema.metadata.tables[name]))
    with shop.database.write("pack test", actor="system", kind="edit") as write:
        writing = _Writing(write, case.as_of, shop.settings.time_zone, shop.settings.currency)
        return {writing.person(person): person.name for person in case.given}


@dataclass
class _Writing:
    write: Write
    today: date
    zone: str
    currency: str
    numbers: int = 0

    def person(self, person: Person) -> int:
        own = {key: _written(value) for key, value in person.own.items()}
        extra = {"extra": json.dumps(own, ensure_ascii=False)} if own else {}
        id_ = insert(self.write, schema.customers, {"name": person.name, **self._profile(person), **extra})
        for tag in dict.fromkeys(person.tags):
            insert(self.write, schema.tags, {"customer_id": id_, "tag": tag})
        for order in person.orders:
            self._order(id_, order)
        for event in person.interactions:
            row = {"customer_id": id_, "kind": event["kind"], "at": self._at(event)}
            row |= {"text": event.get("text", ""), "state": event.get("state")}
            payload = json.dumps({"rating": event["rating"]}) if "rating" in event else None
            insert(
                self.write, schema.interactions, {**row, "channel": event.get("channel"), "payload": payload}
            )
        return id_

    @staticmethod
    def _profile(person: Person) -> dict[str, Any]:
        return {key: value for key, value in person.profile.items() if key in schema.customers.c}

    def _order(self, customer_id: int, order: Mapping[str, Any]) -> None:
        at, total = self._at(order), order.get("total", 0)
        lines = order.get("lines") or [{key: order[key] for key in _LINE_KEYS if key in order}]
        paid, closed = order.get("paid", not order.get("closed", False)), order.get("closed", False)
        refunded = order.get("refunded", False)
        back = total if refunded is True else refunded or 0
        minor = to_minor(total, self.currency)
        row = {
            "customer_id": customer_id,
            "source": order.get("source", "test"),
            "number": str(self._next()),
            "currency": self.currency,
            "status": "closed" if closed else "completed" if paid else "unpaid",
            "placed_at": at,
            "paid_at": at if paid else None,
            "closed_at": at if closed else None,
            "refunded_at": at if back else None,
            "ordered_total": minor,
            "paid_total": minor if paid else 0,
            "refunded_total": to_minor(back, self.currency),
            "net_total": to_minor(total - back, self.currency) if paid else 0,
            **{key: order.get(key) for key in ("channel", "source_tag", "province", "city")},
        }
        order_id = insert(self.write, schema.orders, row)
        insert_many(
            self.write,
            schema.order_lines,
            [self._line(order_id, place, line, total) for place, line in enumerate(lines, start=1)],
        )

    def _line(self, order_id: int, place: int, line: Mapping[str, Any], total: float) -> dict[str, Any]:
        amount = line.get("total", total)
        price = line.get("unit_price")
        return {
            "order_id": order_id,
            "position": place,
            "category": line.get("category"),
            "title": line.get("title"),
            "sku": line.get("sku"),
            "quantity": line.get("quantity", 1),
            "total": to_minor(amount, self.currency),
            "unit_price": None if price is None else to_minor(price, self.currency),
        }

    def _at(self, event: Mapping[str, Any]) -> int:
        return day_start(day_of_event(event, self.today), self.zone) + _NOON

    def _next(self) -> int:
        self.numbers += 1
        return self.numbers


_LINE_KEYS = ("category", "title", "sku", "quantity", "unit_price")
