"""The last act of somebody, taken back."""

from __future__ import annotations

from dataclasses import dataclass

from crmcore.errors import CrmError, NotFoundError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, sentences
from crmcore.shop import Shop
from crmcore.store.changes import list_changes
from crmcore.taking_back import take_back

# Acts that change no record of a customer, or that are undone from their own screen.
_NOT_HERE = ("undo", "export", "plan", "settings", "facts", "erase", "copy", "import", "migrate")
# Acts that no key takes back, and what to do instead. They are not passed over: what was done before one of
# them is not the last.
_BY_HAND = {
    "split": mark("Merge the two again instead."),
    "campaign": mark(
        "What was sent and what came of it stays: what is different now goes onto her card. A campaign is "
        "changed or ended where it stands, and so is the basis for writing to buyers."
    ),
}
_LOOKED_AT = 200


@dataclass(frozen=True)
class TakenBack:
    """What was taken back: the act, its reason, how many records others had touched since and were kept."""

    change_id: int
    why: str
    kept: int


def take_back_last(shop: Shop) -> TakenBack:
    """Undo the newest act of the shop's actor that still holds.

    Raises `NotFoundError` when there is none, `CrmError` when the newest is one that no key takes back.
    """
    shop.permit("undo")
    with shop.database.read() as connection:
        newest = list_changes(connection, limit=_LOOKED_AT)
    for change in newest:
        if change.actor == shop.actor and change.state == "done" and change.kind not in _NOT_HERE:
            if change.kind in _BY_HAND:
                text = _("no key takes back the last thing you did: {why}.").format(why=change.why)
                raise CrmError(sentences(text, _(_BY_HAND[change.kind])))
            report = take_back(shop, change.id)
            return TakenBack(change.id, change.why, report.kept_count)
    raise NotFoundError(_("there is nothing of yours to take back"))
