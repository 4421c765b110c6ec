"""The profile across a merge: empty fields of the kept record take the other's values, and know whose."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from crmcore.records.profile import FIELDS
from crmcore.store.changes import former_values, update
from crmcore.store.customers import parent_of
from crmcore.store.database import Write
from crmcore.store.schema import customers

Profile = dict[str, Any]  # the columns of FIELDS, and extra.NAME


def copy_profile(write: Write, keep: int, gone: int) -> None:
    """Fill the empty fields of `keep` from `gone`."""
    profile, filled = _read(write, keep)
    other, _unused = _read(write, gone)
    new = {name: value for name, value in other.items() if value is not None and profile.get(name) is None}
    if new:
        _write(write, keep, {**profile, **new}, {**filled, **dict.fromkeys(new, gone)})


def take_profile_back(write: Write, gone: int) -> None:
    """Empty again, in everybody above `gone`, the fields that her values fill, unless edited since.

    Where another merged customer has a value too, hers takes its place.
    """
    child, lost = gone, _read(write, gone)[0]
    while (parent := parent_of(write.connection, child)) is not None:
        profile, filled = _read(write, parent)
        new, left = dict(profile), dict(filled)
        emptied: Profile = {}
        for name in [name for name, whose in filled.items() if whose == child and name in lost]:
            del left[name]
            if profile.get(name) != lost[name]:
                continue  # edited since
            emptied[name], new[name] = lost[name], None
            if other := _other_source(write, parent, name, without=gone):
                left[name], new[name] = other
        if (new, left) != (profile, filled):
            _write(write, parent, new, left)
            _settle(write, parent, child)
        child, lost = parent, emptied


def _read(write: Write, customer_id: int) -> tuple[Profile, dict[str, int]]:
    row = write.connection.execute(sa.select(customers).where(customers.c.id == customer_id)).one()
    profile: Profile = {name: getattr(row, name) for name in FIELDS}
    extra = json.loads(row.extra or "{}")
    profile |= {f"extra.{name}": value for name, value in extra.items()}
    return profile, json.loads(row.filled or "{}")


def _write(write: Write, customer_id: int, profile: Profile, filled: dict[str, int]) -> None:
    extra = {
        k.removeprefix("extra."): v for k, v in profile.items() if k.startswith("extra.") and v is not None
    }
    values = {name: profile[name] for name in FIELDS}
    values["extra"] = json.dumps(extra, ensure_ascii=False, sort_keys=True) if extra else None
    values["filled"] = json.dumps(filled, sort_keys=True) if filled else None
    update(write, customers, customer_id, values)


def _other_source(write: Write, parent: int, name: str, *, without: int) -> tuple[int, Any] | None:
    """Another customer inside `parent` who has a value of the field: her id and the value."""
    query = sa.select(customers.c.id).where(customers.c.merged_into == parent, customers.c.id != without)
    for other in write.connection.scalars(query.order_by(customers.c.id)).all():
        value = _read(write, other)[0].get(name)
        if value is not None:
            return int(other), value
    return None


def _settle(write: Write, parent: int, child: int) -> None:
    """When all is as the merge found it, the record counts as untouched by the merge again."""
    by = write.connection.scalar(sa.select(customers.c.changed_by).where(customers.c.id == child))
    old = former_values(write.connection, customers, parent, by)
    row = write.connection.execute(sa.select(customers).where(customers.c.id == parent)).mappings().one()
    if old and all(_same(name, row[name], value) for name, value in old.items()):
        write.connection.execute(sa.update(customers).where(customers.c.id == parent).values(**old))


def _same(name: str, now: Any, then: Any) -> bool:
    if name == "extra":  # the same own fields may be written in another order
        return bool(json.loads(now or "{}") == json.loads(then or "{}"))
    return name == "changed_by" or bool(now == then)
