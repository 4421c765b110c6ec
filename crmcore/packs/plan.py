"""What installing, upgrading or removing a pack would change, document by document, before anything does.

A pack's text that the shop has edited stays under the edit. Where an upgrade changes the text under an edit,
the shop chooses: `mine` keeps the edit, `theirs` drops it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.packs.pack import Documents
from crmcore.playbook.playbook import Entry, Playbook
from crmcore.rules.fields import suggestion

# family -> name -> who brings it: what is in force where the playbook says nothing.
BuiltIn = Mapping[str, Mapping[str, str]]
ALL = "*"  # a choice for everything that is not named


class State(StrEnum):
    """What becomes of one document."""

    NEW = "new"  # nothing stood there
    REPLACED = "replaced"  # another pack's, a plugin's or a built-in one stands there now
    COVERED = "covered"  # that of a pack installed later stays over it
    CHANGED = "changed"  # the pack's own text, edited by nobody
    SAME = "same"
    REMOVED = "removed"  # the pack has it no more, and nobody edited it
    EDITED = "edited"  # the shop's own stays over it; the text under it is the same, or was never there
    CONFLICT = "conflict"  # the shop's own stands over a text that changes
    KEPT = "kept"  # the pack has it no more; the shop's own stays

    @property
    def words(self) -> str:
        """The same in words, as said after the document's name."""
        return _(_WORDS[self])

    @property
    def names_another(self) -> bool:
        """Whether people want to know whose stands there now."""
        return self in (State.NEW, State.REPLACED, State.COVERED)


_WORDS = {
    State.NEW: mark("is new here"),
    State.REPLACED: mark("takes the place of another one"),
    State.COVERED: mark("another one stays over it"),
    State.CHANGED: mark("changes"),
    State.SAME: mark("stays the same"),
    State.REMOVED: mark("goes"),
    State.EDITED: mark("yours stays over it"),
    State.CONFLICT: mark("you edited what changes: choose"),
    State.KEPT: mark("goes; yours stays"),
}


class Choice(StrEnum):
    """Whose text stays in a conflict."""

    MINE = "mine"
    THEIRS = "theirs"


@dataclass(frozen=True)
class Item:
    """One document: `base` is the pack's text so far, `theirs` its new one, `mine` the shop's own.

    Each is None where there is none. `over` names what is in force before: "shop", a pack, a plugin.
    """

    family: str
    name: str
    state: State
    base: Mapping[str, Any] | None = None
    theirs: Mapping[str, Any] | None = None
    mine: Mapping[str, Any] | None = None
    over: str | None = None

    @property
    def key(self) -> str:
        """How choices name it: segments/lapsed_big."""
        return f"{self.family}/{self.name}"

    def as_json(self) -> dict[str, Any]:
        """The item as JSON values."""
        return {
            "item": self.key,
            "state": self.state.value,
            "over": self.over,
            "base": self.base,
            "theirs": self.theirs,
            "mine": self.mine,
        }


@dataclass(frozen=True)
class Plan:
    """Everything that would become of a pack's documents; versions are None where there is no pack."""

    pack: str
    before: str | None
    after: str | None
    items: tuple[Item, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def conflicts(self) -> list[Item]:
        """What the shop has to choose about."""
        return [item for item in self.items if item.state is State.CONFLICT]

    def count(self, state: State) -> int:
        """How many documents are in that state."""
        return sum(1 for item in self.items if item.state is state)

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON values; documents that stay the same are only counted."""
        return {
            "pack": self.pack,
            "before": self.before,
            "after": self.after,
            "inputs": dict(self.answers),
            "counts": {state.value: self.count(state) for state in State},
            "items": [item.as_json() for item in self.items if item.state is not State.SAME],
        }


def items(
    playbook: Playbook,
    pack: str,
    laid: Documents,
    coming: Documents,
    built_in: BuiltIn,
    later: Collection[str] = (),
) -> tuple[Item, ...]:
    """What becomes of each document when the pack's layers turn from `laid` into `coming`.

    `built_in` is what stands under the playbook, `later` the packs that lie over this one.
    """
    found = []
    for family in dict.fromkeys((*coming, *laid)):
        before, after = laid.get(family, {}), coming.get(family, {})
        entries = {entry.name: entry for entry in playbook.all(family)}
        under = built_in.get(family, {})
        for name in dict.fromkeys((*after, *before)):
            item = _item(family, name, before.get(name), after.get(name), entries.get(name), under.get(name))
            found.append(replace(item, state=_state(item, pack, later)))
    return tuple(found)


def _item(
    family: str,
    name: str,
    base: Mapping[str, Any] | None,
    theirs: Mapping[str, Any] | None,
    entry: Entry | None,
    built_in: str | None,
) -> Item:
    mine = entry.body if entry is not None and entry.own else None
    return Item(family, name, State.SAME, base, theirs, mine, entry.source if entry else built_in)


def _state(item: Item, pack: str, later: Collection[str]) -> State:
    if item.theirs is None:
        return State.REMOVED if item.mine is None else State.KEPT
    if item.mine is not None:
        settled = item.base is None or item.base == item.theirs or item.mine == item.theirs
        return State.EDITED if settled else State.CONFLICT
    if item.base is not None:
        return State.SAME if item.base == item.theirs else State.CHANGED
    if item.over in later:
        return State.COVERED
    return State.NEW if item.over in (None, pack) else State.REPLACED


def choices_from(words: tuple[str, ...], plan: Plan) -> dict[str, Choice]:
    """The choices in words such as `mine`, `theirs`, `segments/lapsed_big=theirs`.

    Raises `UsageError` for a word that is none, and for an item that is no conflict.
    """
    keys = [item.key for item in plan.conflicts]
    found: dict[str, Choice] = {}
    for word in words:
        name, _sign, whose = word.rpartition("=")
        if whose not in list(Choice):
            text = _("{word} says not whose text stays: write mine, theirs, or segments/NAME=theirs")
            raise UsageError(text.format(word=repr(word)))
        if name and name not in keys:
            text = _("there is nothing to choose about {name}{hint}")
            raise UsageError(text.format(name=repr(name), hint=suggestion(name, keys)))
        found[name or ALL] = Choice(whose)
    return found


def chosen(item: Item, choices: Mapping[str, Choice]) -> Choice | None:
    """Whose text stays; None where nobody has chosen."""
    return choices.get(item.key) or choices.get(ALL)
