"""Whether a kind of interaction makes sense, before anything is written with it."""

from __future__ import annotations

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.interaction import InteractionKind

FIELD_TYPES = ("text", "int", "bool", "date", "money")


def validate(kind: InteractionKind) -> None:
    """Check a kind's states and fields; raises `CrmError` naming the kind and what is wrong with it."""
    known = set(kind.states)
    named = {*kind.open_states, *kind.moves, *(state for after in kind.moves.values() for state in after)}
    named |= {*kind.state_titles}
    if stray := sorted(named - known):
        raise CrmError(
            _("interaction kind {kind}: {state!r} is not among its states").format(
                kind=kind.name, state=stray[0]
            )
        )
    for name, type_name in kind.fields.items():
        if type_name not in FIELD_TYPES:
            raise CrmError(
                _("interaction kind {kind}: field {name} cannot be {type!r}: choose one of {choices}").format(
                    kind=kind.name, name=name, type=type_name, choices=joined(FIELD_TYPES)
                )
            )
