"""Interactions: the open set of kinds, each with its states and what can be due.

Core ships the few kinds it needs; plugins add more with `crm_interaction_kinds`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from crmcore.i18n import title_of


@dataclass(frozen=True)
class InteractionKind:
    """One kind of thing that happens between the shop and a customer.

    `states` are its allowed states, the first one is what it starts in; `moves` says which may follow which;
    `open_states` are those that still ask for something. `can_be_due`: it may carry a due date. `contact`:
    it counts as contact with the customer (`last_contact_at`). `fields` names what its payload may hold
    (name -> "text", "int", "bool", "date", "money"); `state_titles` says how people read its states
    (state -> (Chinese, English)).
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
    state_titles: dict[str, tuple[str, str]] = field(default_factory=dict)

    def state_title(self, state: str | None) -> str:
        """The state in the language in force; its bare name where the kind has no words for it."""
        zh, en = self.state_titles.get(state or "", ("", ""))
        return title_of(zh, en) or state or ""


# What a contact was about: birthday, unpaid, inquiry. What is to do today is done by it.
_ABOUT = {"about": "text"}

CORE_KINDS = (
    InteractionKind("chat", "聊天", "Chat", fields=_ABOUT),
    InteractionKind(
        "call",
        "电话",
        "Call",
        states=("done", "planned", "missed"),
        moves={"planned": ("done", "missed"), "missed": ("done", "planned")},
        open_states=("planned",),
        can_be_due=True,
        fields=_ABOUT,
        state_titles={
            "done": ("已打", "made"),
            "planned": ("待打", "planned"),
            "missed": ("未接通", "missed"),
        },
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
        state_titles={"open": ("跟进中", "open"), "won": ("已成交", "won"), "lost": ("未成交", "lost")},
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
        state_titles={
            "open": ("未兑现", "open"),
            "kept": ("已兑现", "kept"),
            "dropped": ("已作废", "dropped"),
        },
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
        state_titles={
            "open": ("未处理", "open"),
            "in_progress": ("处理中", "in progress"),
            "settled": ("已解决", "settled"),
            "closed": ("已结案", "closed"),
        },
    ),
)

# A review is bad (差评) at or below this rating. Importers bring platforms' scales to -1, 0, +1 (S214).
BAD_RATING = -1
