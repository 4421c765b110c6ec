"""Whether what lies in the shop is still what was installed, and still what its source says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.packs.inputs import answers
from crmcore.packs.installed import Installed, digest_of_layers, laid_by
from crmcore.packs.sources import find_source
from crmcore.shown import labelled


class Verdict(StrEnum):
    """What a look at a pack's layers and at its source found."""

    WHOLE = "whole"  # the layers are those of the source
    CHANGED = "changed"  # somebody changed the layers in the database by hand
    NEWER = "newer"  # the source has another version now
    DIFFERENT = "different"  # the source says something else under the same version
    GONE = "gone"  # the source cannot be read any more; the layers are as they were installed


_WORDS = {
    Verdict.WHOLE: mark("as it was installed, and as its source says"),
    Verdict.CHANGED: mark("somebody changed it in the database by hand"),
    Verdict.NEWER: mark("as it was installed; its source has another version now"),
    Verdict.DIFFERENT: mark("its source says something else under the same version"),
    Verdict.GONE: mark("as it was installed; its source cannot be read any more"),
}


@dataclass(frozen=True)
class Verified:
    """One installed pack with the verdict; `detail` is the version or the reason that goes with it."""

    pack: Installed
    verdict: Verdict
    detail: str = ""

    @property
    def fine(self) -> bool:
        """Whether the shop has what was installed, as far as anybody can tell."""
        return self.verdict in (Verdict.WHOLE, Verdict.NEWER, Verdict.GONE)

    @property
    def words(self) -> str:
        """The verdict in words, with its detail."""
        words = _(_WORDS[self.verdict])
        return labelled(words, self.detail) if self.detail else words

    def as_json(self) -> dict[str, Any]:
        """The verdict as JSON values."""
        return {
            "pack": self.pack.name,
            "version": self.pack.version,
            "verdict": self.verdict.value,
            "detail": self.detail,
            "digest": self.pack.digest,
        }


def verify(documents: Any, pack: Installed) -> Verified:
    """Hold the pack's layers against the digest of the day they were laid, and against their source."""
    laid = laid_by(documents, pack.name)
    if digest_of_layers(laid) != pack.layers_digest:
        return Verified(pack, Verdict.CHANGED)
    try:
        there = find_source(pack.source).load()
        if there.name != pack.name:
            return Verified(pack, Verdict.GONE, there.name)
        if there.version != pack.version:
            return Verified(pack, Verdict.NEWER, there.version)
        again = there.documents(answers(there.manifest.inputs, {}, pack.inputs))
    except CrmError as error:
        return Verified(pack, Verdict.GONE, str(error))
    if there.digest != pack.digest or digest_of_layers(again) != pack.layers_digest:
        return Verified(pack, Verdict.DIFFERENT, there.digest)
    return Verified(pack, Verdict.WHOLE)
