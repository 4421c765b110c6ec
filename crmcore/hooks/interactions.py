"""Family `interactions`: kinds of things that happen between the shop and a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.hooks.markers import hookspec

if TYPE_CHECKING:
    from crmcore.records.interaction import InteractionKind


@hookspec
def crm_interaction_kinds(settings: Any) -> list[InteractionKind] | None:
    """Kinds of interaction beside the core's own (chat, call, inquiry, review, note, promise, complaint).

    When: once after the shop was opened, the first time somebody asks which kinds there are.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list of `InteractionKind`. A name of the core's, or of a plugin loaded before, is refused.

    None: the plugin has no kinds for this shop; same as an empty list.

    When it raises: the plugin's kinds are left out, those of all other plugins stand. Interactions that were
    written with them stay on the timeline as they are.

        @hookimpl
        def crm_interaction_kinds():
            return [InteractionKind("visit", "到店", "Visit", states=("planned", "done"), can_be_due=True,
                                    open_states=("planned",), moves={"planned": ("done",)})]
    """
