"""What can be done on a card; each is one change that can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crmcore.desk.brief import Alert, Brief
from crmcore.desk.knowledge import proposed_tags
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.people import Changes, People
from crmcore.shop import Shop
from crmcore.store import interactions
from crmcore.store.tags import list_tags

# What moving to a state means, in words; plugins' own states stand for themselves.
_WORDS = {
    "in_progress": mark("being dealt with"),
    "settled": mark("settled"),
    "closed": mark("closed"),
    "open": mark("open again"),
    "done": mark("done"),
    "missed": mark("not reached"),
    "planned": mark("planned again"),
    "kept": mark("kept"),
    "dropped": mark("dropped"),
    "won": mark("bought"),
    "lost": mark("not bought"),
}


@dataclass(frozen=True)
class State:
    """A state that something may go to next, and the words for it."""

    name: str
    words: str


def log(shop: Shop, customer_id: int, kind: str, text: str, **more: Any) -> int:
    """Write an interaction down that whoever is at work looks after; returns its id.

    `more` and what it raises: as `People.log`.
    """
    return People(shop).log(customer_id, kind, text, owner=shop.actor, **more)


def next_states(shop: Shop, alert: Alert) -> list[State]:
    """Where something that is open can go from here."""
    kind = shop.kinds.get(alert.kind)
    names = kind.moves.get(alert.state, ()) if kind else ()
    return [State(name, _(_WORDS[name]) if name in _WORDS else name) for name in names]


def move(shop: Shop, interaction_id: int, state: str, what: str) -> None:
    """Move something that is open on to another state; `what` it is stands in the change."""
    shop.permit("log")
    words = _(_WORDS[state]) if state in _WORDS else state
    why = _("{what} #{id}: {state}").format(what=what, id=interaction_id, state=words)
    with shop.write(why, kind="log") as write:
        interactions.move(write, shop.kinds, interaction_id, state, at=shop.clock().now)


def tags_in_use(shop: Shop, most: int = 12) -> list[str]:
    """The tags that most customers carry, then those that the playbook proposes."""
    with shop.database.read() as connection:
        counted = list_tags(connection)
    used = [tag for tag, _number in sorted(counted, key=lambda pair: -pair[1])[:most]]
    return list(dict.fromkeys([*used, *proposed_tags(shop)[:most]]))


def change_tags(shop: Shop, brief: Brief, typed: str) -> tuple[list[str], list[str]]:
    """Give her exactly the tags that were typed, apart by commas; returns those put on and taken off."""
    apart = typed.replace("\uff0c", ",").replace("\u3001", ",").split(",")
    wanted = list(dict.fromkeys(" ".join(one.split()) for one in apart if one.strip()))
    new = [one for one in wanted if one not in brief.tags]
    gone = [one for one in brief.tags if one not in wanted]
    if new or gone:
        People(shop).edit(brief.id, Changes({}, tags=new, untags=gone))
    return new, gone
