"""Interactions: the open set of kinds, each with its states and what can be due.

Core ships the few kinds it needs; plugins add more with `crm_interaction_kinds`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class InteractionKind:
    """One kind of thing that happens between the shop and a customer.

    `states` are its allowed states, the first one is what it starts in; `moves` says which may follow which;
    `open_states` are those that still ask for something. `can_be_due`: it may carry a due date. `contact`:
    it counts as contact with the customer (`last_contact_at`). `fields` names what its payload may hold
    (name -> "text", "int", "bool", "date", "money").
    """

    name: str
    zh: str
    en: str
    states: tuple[str, ...] = ()
    moves: dict[str, tuple[str, ...]] = field(default_factory=dict)
    open_states: tuple[str, ...] = ()
    can_be_due: bool = False
    contact: bool = True
    fields: dict[str, str] = field(default_factory=dict)


CORE_KINDS = (
    InteractionKind("chat", "聊天", "Chat"),
    InteractionKind(
        "call",
        "电话",
        "Call",
        states=("done", "planned", "missed"),
        moves={"planned": ("done", "missed"), "missed": ("done", "planned")},
        open_states=("planned",),
        can_be_due=True,
    ),
    InteractionKind(
        "inquiry",
        "咨询",
        "Inquiry",
        states=("open", "won", "lost"),
        moves={"open": ("won", "lost"), "lost": ("open",), "won": ("open",)},
        open_states=("open",),
        can_be_due=True,
        fields={"product": "text", "lost_reason": "text"},
    ),
    InteractionKind("review", "评价", "Review", contact=False, fields={"rating": "int", "product": "text"}),
    InteractionKind("note", "备注", "Note", contact=False),
    InteractionKind(
        "promise",
        "承诺",
        "Promise",
        states=("open", "kept", "dropped"),
        moves={"open": ("kept", "dropped"), "kept": ("open",), "dropped": ("open",)},
        open_states=("open",),
        can_be_due=True,
        contact=False,
    ),
    InteractionKind(
        "complaint",
        "投诉",
        "Complaint",
        states=("open", "in_progress", "settled", "closed"),
        moves={
            "open": ("in_progress", "settled", "closed"),
            "in_progress": ("settled", "closed", "open"),
            "settled": ("closed", "open"),
            "closed": ("open",),
        },
        open_states=("open", "in_progress"),
        can_be_due=True,
        fields={"grade": "int", "cause": "text", "result": "text"},
    ),
)

# A review is bad (差评) at or below this rating. Importers bring platforms' scales to -1, 0, +1 (S214).
BAD_RATING = -1
