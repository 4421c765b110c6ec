"""Taking an act back, whatever it was: records in short transactions, the playbook as a whole."""

from __future__ import annotations

from collections.abc import Callable

from crmcore.shop import Shop
from crmcore.store.undo import UndoReport, undo_in_chunks, undoable

# What these acts did is done to the playbook's documents, on which others may build.
_ON_THE_PLAYBOOK = ("pack", "documents")


def take_back(shop: Shop, change_id: int, progress: Callable[[float], None] | None = None) -> UndoReport:
    """Take an act back; `progress` gets 0.0 … 1.0. What others touched since is kept, and named.

    Raises `NotFoundError` for an unknown act, `CrmError` for one that cannot be taken back, `PackError`
    where something that works now would not without it.
    """
    shop.permit("undo")
    with shop.database.read() as connection:
        change = undoable(connection, change_id)
    if change.kind in _ON_THE_PLAYBOOK:
        return shop.packs.undo(change)
    return undo_in_chunks(shop.database, change_id, shop.actor, progress)
