"""What messages may say of each customer, and where she can be reached, read for many at once."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from crmcore.hooks.channel_values import Contact
from crmcore.messages.cleaning import clean_subject
from crmcore.messages.variables import NAMES
from crmcore.records.clock import Clock, zone
from crmcore.records.identity import is_masked
from crmcore.records.money import to_major
from crmcore.rules.fields import Field, FieldType
from crmcore.rules.memory import value_of
from crmcore.store.database import among, batches
from crmcore.store.schema import customers, identities
from crmcore.store.sql_bits import decode_list

_CHINESE_NAME = re.compile(r"^[\u4e00-\u9fff]{2,4}$")
_DOUBLE = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "夏侯",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "司徒",
    "令狐",
    "东方",
    "端木",
)
_HONORIFIC = {"female": "女士", "male": "先生"}


def read_people(
    connection: sa.Connection,
    cards: sa.Table,
    ids: Sequence[int],
    fields: Iterable[Field],
    wanted: Collection[str],
    clock: Clock,
    currency: str,
) -> dict[int, dict[str, Any]]:
    """The wanted variables of each customer by id; who is not there is left out, what she has not is missing.

    Money comes in major units (`Decimal`), days and instants as `date` and `datetime` of the shop's zone,
    texts on one line. A name that a platform hid in part is none: nobody wants to be greeted as 小***7.
    """
    asked = [field for field in fields if field.name in wanted and field.type is not FieldType.EVENTS]
    columns = {field.column for field in asked} & set(cards.c.keys())
    extra = "extra" in wanted
    query = sa.select(
        customers.c.id, *(customers.c[name] for name in ("name", "nickname", "gender", "extra")),
        *(cards.c[name].label(f"card_{name}") for name in sorted(columns)),
    ).select_from(customers.join(cards, cards.c.customer_id == customers.c.id))  # fmt: skip
    found: dict[int, dict[str, Any]] = {}
    for some in batches(ids):
        for row in connection.execute(query.where(among(connection, customers.c.id, some))).mappings():
            card = {name: row[f"card_{name}"] for name in columns}
            person = _names(row)
            if extra and row["extra"]:
                person["extra"] = {k: clean_subject(str(v)) for k, v in json.loads(row["extra"]).items()}
            for field in asked:
                if (value := _value(field, card, clock, currency)) is not None:
                    person[field.name] = value
            found[row["id"]] = person
    return found


def read_contacts(connection: sa.Connection, ids: Sequence[int]) -> dict[int, list[Contact]]:
    """How each customer can be reached: her identities, newest first, and her own fields (`extra.wechat`)."""
    found: dict[int, list[Contact]] = {one: [] for one in ids}
    theirs = sa.select(identities).order_by(identities.c.id.desc())
    own = sa.select(customers.c.id, customers.c.extra).where(customers.c.extra.is_not(None))
    for some in batches(ids):
        for row in connection.execute(theirs.where(among(connection, identities.c.customer_id, some))):
            contact = Contact(row.kind, row.value, row.namespace, row.shown, row.strong)
            found[row.customer_id].append(contact)
        for row in connection.execute(own.where(among(connection, customers.c.id, some))):
            for name, value in json.loads(row.extra).items():
                text = clean_subject(str(value))
                found[row.id].append(Contact(f"extra.{name}", text, shown=text, strong=not is_masked(text)))
    return found


def sample_ids(connection: sa.Connection, cards: sa.Table, size: int) -> list[int]:
    """Some customers, spread over all there are: at most `size` of them."""
    c = cards.c.customer_id
    ends = sa.select(sa.func.min(c), sa.func.max(c), sa.func.count(c))
    first, last, count = connection.execute(ends).one()
    if count <= size:
        return list(connection.scalars(sa.select(c).order_by(c)))
    points = (first + place * (last - first) // (size - 1) for place in range(size))
    near = (connection.scalar(sa.select(sa.func.min(c)).where(c >= point)) for point in points)
    return sorted({one for one in near if one is not None})


def _names(row: Any) -> dict[str, Any]:
    found = {}
    for column in ("name", "nickname"):
        text = clean_subject(row[column] or "")
        if text and not is_masked(text):
            found[column] = text
    if called := found.get("nickname") or found.get("name"):
        found["called"] = called
    if row["gender"]:
        found["gender"] = row["gender"]
        if salutation := _salutation(found.get("name", ""), row["gender"]):
            found["salutation"] = salutation
    return {name: value for name, value in found.items() if name in NAMES}


def _salutation(name: str, gender: str) -> str:
    """林女士 for 林小雨; "" for what is no Chinese name."""
    if not _CHINESE_NAME.match(name) or gender not in _HONORIFIC:
        return ""
    surname = name[:2] if name.startswith(_DOUBLE) and len(name) > 2 else name[0]
    return surname + _HONORIFIC[gender]


def _value(field: Field, card: Mapping[str, Any], clock: Clock, currency: str) -> Any:
    value = value_of(field, card, clock)
    if value is None:
        return None
    if field.type is FieldType.MONEY:
        return to_major(value, currency)
    if field.type is FieldType.INSTANT:
        return datetime.fromtimestamp(value, UTC).astimezone(zone(clock.zone))
    if field.type is FieldType.DATE:
        return date.fromisoformat(value)
    if field.type is FieldType.ANNIVERSARY:
        return _birthday(value)
    if field.type is FieldType.LIST:
        return [clean_subject(one) for one in decode_list(value)]
    return clean_subject(value) if isinstance(value, str) else value


def _birthday(text: str) -> date:
    """A birthday as a day; one without a year in a leap year, for only month and day are ever said."""
    year = text[:-6]
    return date(int(year) if year.isdigit() else 2000, int(text[-5:-3]), int(text[-2:]))
