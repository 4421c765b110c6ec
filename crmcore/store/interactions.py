"""Interactions: writing them down, moving them on, and what is due."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, title_of
from crmcore.records.interaction import InteractionKind
from crmcore.store.changes import insert, update
from crmcore.store.customers import living
from crmcore.store.database import Write
from crmcore.store.identities import own_identity
from crmcore.store.schema import interactions

Kinds = Mapping[str, InteractionKind]


@dataclass(frozen=True)
class Interaction:
    """One interaction; `at` and `due_at` are instants, `payload` what its kind's schema holds."""

    id: int
    customer_id: int
    kind: str
    at: int
    text: str
    state: str | None
    due_at: int | None
    owner: str | None
    channel: str | None
    order_id: int | None
    payload: dict[str, Any]


def log(
    write: Write,
    kinds: Kinds,
    customer_id: int,
    kind: str,
    text: str,
    *,
    at: int,
    state: str | None = None,
    due_at: int | None = None,
    owner: str | None = None,
    channel: str | None = None,
    order_id: int | None = None,
    payload: Mapping[str, Any] | None = None,
) -> int:
    """Write an interaction down and return its id; without a `state` it starts in its kind's first.

    Raises `UsageError` for an unknown kind, state or payload field, or a due date the kind cannot have;
    `NotFoundError` and `CrmError` for a customer that does not exist or was merged.
    """
    chosen = kind_of(kinds, kind)
    living(write.connection, customer_id)
    first = _first_state(chosen, state)
    values = {
        "customer_id": customer_id,
        "identity_id": own_identity(write, customer_id),
        "kind": chosen.name,
        "at": at,
        "text": text.strip(),
        "state": first,
        "state_at": at if first else None,
        "due_at": _due(chosen, due_at),
        "owner": owner,
        "channel": channel,
        "order_id": order_id,
        "payload": _payload(chosen, payload or {}),
    }
    return insert(write, interactions, values)


def move(write: Write, kinds: Kinds, interaction_id: int, state: str, *, at: int) -> bool:
    """Move an interaction on to another state at that instant; False when it is there already.

    Raises `CrmError` naming the moves that are allowed, `NotFoundError` for an unknown interaction.
    """
    row = find(write.connection, interaction_id)
    if row.state == state:
        return False
    kind = kind_of(kinds, row.kind)
    allowed = kind.moves.get(row.state or "", ())
    if state not in allowed:
        raise CrmError(
            _("{kind} {id} is {state}: from there it can go to {allowed}").format(
                kind=title_of(kind.zh, kind.en),
                id=interaction_id,
                state=row.state or _("without a state"),
                allowed=joined(allowed) or _("nowhere"),
            )
        )
    return update(write, interactions, interaction_id, {"state": state, "state_at": at})


def edit(write: Write, kinds: Kinds, interaction_id: int, values: Mapping[str, Any]) -> bool:
    """Change `text`, `at`, `due_at`, `owner`, `channel`, `order_id` or `payload` (its given fields) of one.

    False when it said the same already. Raises `UsageError` for anything else, and as `log` does.
    """
    row = find(write.connection, interaction_id)
    kind = kind_of(kinds, row.kind)
    if unknown := set(values) - {"text", "at", "due_at", "owner", "channel", "order_id", "payload"}:
        raise UsageError(_("an interaction has no field {fields} to edit").format(fields=joined(unknown)))
    new = dict(values)
    if "due_at" in new:
        new["due_at"] = _due(kind, new["due_at"])
    if "payload" in new:
        new["payload"] = _payload(kind, {**row.payload, **new["payload"]})
    return update(write, interactions, interaction_id, new)


def find(connection: sa.Connection, interaction_id: int) -> Interaction:
    """One interaction; raises `NotFoundError` when there is none."""
    query = sa.select(interactions).where(interactions.c.id == interaction_id)
    row = connection.execute(query).first()
    if row is None:
        raise NotFoundError(
            _("there is no interaction {id}: `crm due` and her card show the numbers").format(
                id=interaction_id
            )
        )
    return _interaction(row)


def due(
    connection: sa.Connection, kinds: Kinds, until: int, *, owner: str | None = None, limit: int = 200
) -> list[Interaction]:
    """What is due until that instant and still asks for something, the longest overdue first."""
    query = sa.select(interactions).where(interactions.c.due_at <= until, is_open(kinds))
    if owner is not None:
        query = query.where(interactions.c.owner == owner)
    query = query.order_by(interactions.c.due_at, interactions.c.id).limit(limit)
    return [_interaction(row) for row in connection.execute(query)]


def is_open(kinds: Kinds) -> sa.ColumnElement[bool]:
    """The condition that an interaction's state still asks for something."""
    open_ = [
        sa.and_(interactions.c.kind == kind.name, interactions.c.state.in_(kind.open_states))
        for kind in kinds.values()
        if kind.open_states
    ]
    return sa.or_(sa.false(), *open_)


def read_interactions(
    connection: sa.Connection,
    where: sa.ColumnElement[bool],
    order: Sequence[sa.ColumnElement[Any]],
    limit: int,
) -> list[Interaction]:
    """The interactions that satisfy a condition, in that order, at most `limit`."""
    query = sa.select(interactions).where(where).order_by(*order).limit(limit)
    return [_interaction(row) for row in connection.execute(query)]


def kind_of(kinds: Kinds, name: str) -> InteractionKind:
    """The kind of that name; raises `UsageError` naming those there are."""
    kind = kinds.get(name)
    if kind is None:
        raise UsageError(
            _("there is no kind {name!r}: choose {names}").format(name=name, names=joined(sorted(kinds)))
        )
    return kind


def _first_state(kind: InteractionKind, state: str | None) -> str | None:
    if state is None:
        return kind.states[0] if kind.states else None
    if state not in kind.states:
        raise UsageError(
            _("{kind} has no state {state!r}: choose {states}").format(
                kind=kind.name, state=state, states=joined(kind.states) or _("none")
            )
        )
    return state


def _due(kind: InteractionKind, due_at: int | None) -> int | None:
    if due_at is not None and not kind.can_be_due:
        raise UsageError(_("{kind} cannot be due: leave the date out").format(kind=kind.name))
    return due_at


def _payload(kind: InteractionKind, payload: Mapping[str, Any]) -> str | None:
    clean = {}
    for name, value in payload.items():
        if name not in kind.fields:
            text = _("{kind} has no field {name!r}: it has none at all")
            if kind.fields:
                text = _("{kind} has no field {name!r}: choose {fields}")
            raise UsageError(text.format(kind=kind.name, name=name, fields=joined(kind.fields)))
        if value is not None:
            clean[name] = _typed(kind, name, value)
    return json.dumps(clean, ensure_ascii=False, sort_keys=True) if clean else None


def _typed(kind: InteractionKind, name: str, value: Any) -> Any:
    """The value as its field's type wants it; texts from a command line are understood."""
    wanted = kind.fields[name]
    text = str(value).strip()
    try:
        if wanted in ("int", "money"):
            return int(text)
        if wanted == "date":
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    else:
        if wanted == "text":
            return text
        if wanted == "bool" and text.lower() in ("true", "false", "1", "0", "yes", "no", "是", "否"):
            return text.lower() in ("true", "1", "yes", "是")
    raise UsageError(
        _("{kind}.{name} takes a value of type {type}: {value!r} is none").format(
            kind=kind.name, name=name, type=wanted, value=value
        )
    )


def _interaction(row: sa.Row[Any]) -> Interaction:
    values = {name: getattr(row, name) for name in Interaction.__dataclass_fields__ if name != "payload"}
    return Interaction(**values, payload=json.loads(row.payload or "{}"))
