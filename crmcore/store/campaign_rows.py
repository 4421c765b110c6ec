"""The rows of campaigns: made, read, moved from state to state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.errors import CrmError, NotFoundError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.rules.fields import suggestion
from crmcore.shown import word
from crmcore.store.changes import insert
from crmcore.store.database import Write
from crmcore.store.schema_campaigns import campaigns, send_channels

# From where to where a campaign may be moved.
MOVES: dict[str, tuple[str, ...]] = {
    "draft": ("scheduled", "running", "cancelled"),
    "scheduled": ("draft", "running", "cancelled"),
    "running": ("paused", "done", "cancelled"),
    "paused": ("running", "cancelled", "done"),
    "done": ("running",),
    "cancelled": (),
}


@dataclass(frozen=True)
class CampaignRow:
    """One campaign as it stands; `body` is JSON, instants are UTC seconds."""

    id: int
    name: str
    kind: str
    purpose: str
    state: str
    body: str
    seed: int
    at: int
    starts_at: int | None
    started_at: int | None
    ended_at: int | None
    message: str | None


_SHOWN = [campaigns.c[name] for name in CampaignRow.__dataclass_fields__]


def make(write: Write, values: dict[str, Any]) -> int:
    """A new campaign in the state draft; raises `CrmError` when there is one of that name."""
    if write.connection.scalar(sa.select(campaigns.c.id).where(campaigns.c.name == values["name"])):
        raise CrmError(_("there is a campaign {name} already").format(name=values["name"]))
    return insert(write, campaigns, {"state": "draft", **values})


def find(connection: sa.Connection, name: str) -> CampaignRow:
    """The campaign of that name; raises `NotFoundError` with the nearest one."""
    row = connection.execute(sa.select(*_SHOWN).where(campaigns.c.name == name)).first()
    if row is None:
        known = list(connection.scalars(sa.select(campaigns.c.name)))
        hint = suggestion(name, known, see="crm campaign list")
        raise NotFoundError(_("there is no campaign {name}{hint}").format(name=repr(name), hint=hint))
    return CampaignRow(*row)


def by_id(connection: sa.Connection, campaign_id: int) -> CampaignRow:
    """The campaign of that number."""
    return CampaignRow(*connection.execute(sa.select(*_SHOWN).where(campaigns.c.id == campaign_id)).one())


_STATE = sa.text("SELECT state FROM campaigns WHERE id = :id")


def state_of(connection: sa.Connection, campaign_id: int) -> str:
    """The state of a campaign; asked for every message that is handed over."""
    return str(connection.execute(_STATE, {"id": campaign_id}).scalar_one())


def all_of(connection: sa.Connection, states: Sequence[str] = ()) -> list[CampaignRow]:
    """The campaigns, the newest first; only those in one of `states`, where given."""
    query = sa.select(*_SHOWN).order_by(campaigns.c.id.desc())
    if states:
        query = query.where(campaigns.c.state.in_(states))
    return [CampaignRow(*row) for row in connection.execute(query)]


def move(write: Write, name: str, state: str, **values: Any) -> CampaignRow:
    """Move a campaign to another state; raises `CrmError` where that is not possible from where it is."""
    row = find(write.connection, name)
    if state != row.state and state not in MOVES[row.state]:
        if not MOVES[row.state]:
            over = _("campaign {name} is {state}, and stays so: make a new one")
            raise CrmError(over.format(name=name, state=word(row.state)))
        after = joined(word(one) for one in MOVES[row.state])
        raise CrmError(
            _("campaign {name} is {state}: from there it can only become {after}").format(
                name=name, state=word(row.state), after=after
            )
        )
    change(write, row.id, state=state, **values)
    return by_id(write.connection, row.id)


def change(write: Write, campaign_id: int, **values: Any) -> None:
    """Set columns of a campaign; what was there before is not kept, for a campaign is never undone."""
    here = campaigns.c.id == campaign_id
    write.connection.execute(sa.update(campaigns).where(here).values(**values, changed_by=write.change_id))


def hold_all(write: Write, message: str) -> None:
    """Pause everything that would go on by itself, telling why."""
    c = campaigns.c
    going = c.state.in_(("scheduled", "running"))
    if write.connection.scalar(sa.select(c.id).where(going).limit(1)) is not None:
        values = {"state": "paused", "message": message, "changed_by": write.change_id}
        write.connection.execute(sa.update(campaigns).where(going).values(**values))


def channel_numbers(connection: sa.Connection, names: Sequence[str] = ()) -> dict[str, int]:
    """The numbers under which channels stand in the ledger; all that are known, or those of `names`."""
    query = sa.select(send_channels.c.name, send_channels.c.id)
    if names:
        query = query.where(send_channels.c.name.in_(names))
    return {row.name: int(row.id) for row in connection.execute(query)}


def number_channels(write: Write, names: Mapping[str, str]) -> dict[str, int]:
    """The same, giving a number to those without; `names` are channels with their consent's name."""
    known = channel_numbers(write.connection)
    for name, consent in names.items():
        if name not in known:
            result = write.connection.execute(sa.insert(send_channels).values(name=name, consent=consent))
            known[name] = int(result.inserted_primary_key[0])  # type: ignore[index]
    return known
