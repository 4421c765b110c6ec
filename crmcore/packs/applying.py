"""Installing, upgrading and removing a pack: each one transaction, one act, undone as one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.packs.installed import (
    Installed,
    digest_of_layers,
    find_installed,
    installed_packs,
    laid_by,
    lay,
    lift,
    require_installed,
)
from crmcore.packs.pack import Documents, Pack
from crmcore.packs.plan import BuiltIn, Choice, Item, Plan, chosen, items
from crmcore.playbook.playbook import Playbook
from crmcore.store.database import Write


class UnsettledError(CrmError):
    """An upgrade that changes texts which the shop has edited; `plan.conflicts` lists them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        names = joined(item.key for item in plan.conflicts)
        super().__init__(
            _(
                "the shop has edited what this version changes: {names}. Look with `crm pack diff`, then "
                "choose: --keep mine, --keep theirs, or --keep ITEM=theirs for each"
            ).format(names=names)
        )


def plan_pack(documents: Any, pack: Pack, answers: Mapping[str, Any], built_in: BuiltIn) -> Plan:
    """What installing or upgrading the pack would change; `built_in` is what stands under the playbook."""
    before = find_installed(documents, pack.name)
    laid, coming = laid_by(documents, pack.name), pack.documents(answers)
    later = [one.name for one in installed_packs(documents) if before and one.order > before.order]
    found = items(Playbook(documents), pack.name, laid, coming, built_in, later)
    return Plan(pack.name, before.version if before else None, pack.version, found, answers)


def plan_removal(documents: Any, name: str) -> Plan:
    """What removing the pack would change. Raises `NotFoundError`."""
    before = require_installed(documents, name)
    found = items(Playbook(documents), name, laid_by(documents, name), {}, {})
    return Plan(name, before.version, None, found, before.inputs)


def install(
    write: Write,
    documents: Any,
    pack: Pack,
    source: str,
    answers: Mapping[str, Any],
    built_in: BuiltIn,
) -> Plan:
    """Lay the pack under the shop's own documents. Raises `CrmError` when it is installed already."""
    if (there := find_installed(documents, pack.name)) is not None:
        raise CrmError(
            _("pack {name} {version} is installed already: `crm pack upgrade` changes it").format(
                name=pack.name, version=there.version
            )
        )
    plan = plan_pack(documents, pack, answers, built_in)
    # By the act's number: a pack that was removed may come back, and had a place of its own.
    order = max([write.change_id, *(one.order + 1 for one in installed_packs(documents))])
    _lay(documents, pack, source, plan, pack.documents(answers), order)
    write.note()
    return plan


def upgrade(
    write: Write,
    documents: Any,
    pack: Pack,
    source: str,
    answers: Mapping[str, Any],
    choices: Mapping[str, Choice],
    built_in: BuiltIn,
) -> Plan:
    """Put this version in the place of the one that is installed; the shop's edits stay as was chosen.

    Raises `NotFoundError` when none is, `UnsettledError` when an edit needs a choice.
    """
    there = require_installed(documents, pack.name)
    plan = plan_pack(documents, pack, answers, built_in)  # anew: somebody may have edited since it was shown
    if any(chosen(item, choices) is None for item in plan.conflicts):
        raise UnsettledError(plan)
    for item in plan.conflicts:
        if chosen(item, choices) is Choice.THEIRS:
            _forget_mine(documents, item)
    _lay(documents, pack, source, plan, pack.documents(answers), there.order)
    write.note()
    return plan


def remove(write: Write, documents: Any, name: str) -> Plan:
    """Take the pack away; what the shop wrote over it stays. Raises `NotFoundError`."""
    plan = plan_removal(documents, name)
    lift(documents, name)
    write.note()
    return plan


def _lay(documents: Any, pack: Pack, source: str, plan: Plan, bodies: Documents, order: int) -> None:
    lay(
        documents,
        Installed(
            name=pack.name,
            version=pack.version,
            title=dict(pack.manifest.title),
            source=source,
            digest=pack.digest,
            layers_digest=digest_of_layers(bodies),
            inputs=dict(plan.answers),
            order=order,
            at=int(time.time()),
        ),
        bodies,
    )


def _forget_mine(documents: Any, item: Item) -> None:
    Playbook(documents).remove(item.family, item.name)
