"""Filling the demo's shop: the real imports over its files, then what no file of a platform carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby

from crmcore.demo.by_hand import write_by_hand
from crmcore.demo.files import DemoFile
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.importing.run import ImportResult
from crmcore.shop import Shop


def fill(
    shop: Shop, files: Sequence[DemoFile], today: date, progress: Callable[[str], None]
) -> list[ImportResult]:
    """Import the files and write by hand what only people know; returns the imports' results in order.

    `progress` is told in sentences what is being done. Raises what importing raises, and `CrmError` when a
    row of the demo's own files was set aside, which would be a mistake of ours.
    """
    results: list[ImportResult] = []
    for _batch, together in groupby(files, key=lambda file: file.batch):
        batch = list(together)
        progress(_("importing {what}").format(what=title_of(batch[0].zh, batch[0].en)))
        results += shop.imports.run(
            [file.path for file in batch], mapping=batch[0].mapping, source=batch[0].source
        )
    if rejected := sum(result.counts.rejected for result in results):
        raise CrmError(_("{count} rows of the demo's own files were set aside").format(count=rejected))
    progress(_("writing down complaints, promises and call-backs"))
    write_by_hand(shop, today)
    return results
