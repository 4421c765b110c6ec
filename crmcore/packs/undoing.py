"""Taking back what an act did to the playbook: refused where others would break, all of a pack or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.packs.faults import Fault, PackError
from crmcore.packs.overlay import Rows
from crmcore.packs.switching import stopping_with
from crmcore.packs.usable import ShopLike, newly_unusable
from crmcore.store import schema
from crmcore.store.changes import Change
from crmcore.store.playbook_tables import LAYERS, PACKS, PLUGINS
from crmcore.store.undo import UndoReport


@dataclass(frozen=True)
class BeforeAct:
    """What `shop.documents` would answer if an act was taken back; nothing is written.

    `former`: table -> document id -> the document as the act found it, None for one that it made.
    """

    under: Any
    former: Mapping[str, Mapping[int, Mapping[str, Any] | None]]

    def table(self, name: str) -> Any:
        """The table as it would be read. It cannot be written."""
        former = self.former.get(name)
        if former is None:
            return self.under.table(name)
        rows = {int(row.doc_id): dict(row) for row in self.under.table(name).all()}
        rows |= {doc_id: dict(body) for doc_id, body in former.items() if body is not None}
        return Rows([row for doc_id, row in rows.items() if former.get(doc_id, row) is not None])


def before_act(connection: sa.Connection, documents: Any, change: Change) -> BeforeAct:
    """The documents as they were before that act, those that it touched."""
    entry = schema.journal.c
    rows = sa.select(entry.row_id, entry.old).where(
        entry.change_id == change.id, entry.table_name == schema.documents.name
    )
    former: dict[str, dict[int, Mapping[str, Any] | None]] = {}
    for doc_id, text in connection.execute(rows.order_by(entry.id)):
        old = json.loads(text)
        body = None if old["before"] is None else json.loads(old["before"])
        former.setdefault(old["table"], {}).setdefault(int(doc_id), body)
    return BeforeAct(documents, former)


def refuse_needed(shop: ShopLike, before: BeforeAct, change: Change) -> None:
    """Raise `PackError`, naming each, when something that works now would not without that act."""
    if not before.former:
        return
    switches = _switched_on(before) != _switched_on(shop.documents)
    head = _("change {id} cannot be taken back, others need what it did ({why})")
    if switches:
        broken = list(map(str, stopping_with(shop, before)))
        head = _(
            "change {id} cannot be taken back, others need what it did ({why}); the Plugins screen (F9) and "
            "crm plugin ask, and do it all the same"
        )
    else:
        broken = [f"{key}: {reason}" for key, reason in newly_unusable(shop, before)]
    if broken:
        raise PackError([Fault("", line) for line in (head.format(id=change.id, why=change.why), *broken)])


def _switched_on(documents: Any) -> dict[str, bool]:
    """The plugins that the shop switched itself, and whether on."""
    rows = documents.table(PLUGINS).all()
    return {str(row["name"]): not row["disabled"] for row in rows if row.get("disabled") is not None}


def refuse_half(report: UndoReport, change: Change) -> None:
    """Raise `CrmError` when an act on a pack was not taken back as a whole: the transaction goes with it."""
    if kept := next((one for one in report.kept if one.table in (PACKS, LAYERS)), None):
        raise CrmError(
            _("change {id} ({why}) cannot be taken back, the pack is not as it left it: {reason}").format(
                id=change.id, why=change.why, reason=kept.why
            )
        )
