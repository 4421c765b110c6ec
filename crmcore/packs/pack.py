"""A pack: what it says of itself, the documents it brings, its own tests; read, checked, told apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.packs.cases import CASES, Case, cases_of
from crmcore.packs.families import SHAPES
from crmcore.packs.faults import Faults, Path, spoken_of
from crmcore.packs.files import read_files
from crmcore.packs.inputs import Filling, answers
from crmcore.packs.layout import TESTS, Layout, lay_out
from crmcore.packs.manifest import Manifest, manifest_of
from crmcore.packs.rule_documents import circles
from crmcore.packs.shapes import SLUG
from crmcore.rules.yaml import load_rule
from crmcore.store.playbook_tables import FAMILIES

# family -> name -> document
Documents = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Pack:
    """A pack that can be used. `written` are its documents before the answers to its questions are put in.

    `digest` (sha256, hex) is of everything it says, however it is laid out in files.
    """

    manifest: Manifest
    written: Mapping[str, Mapping[str, Any]]
    cases: tuple[Case, ...]
    digest: str
    lines: Mapping[Path, tuple[str, int]] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The pack's name."""
        return self.manifest.name

    @property
    def version(self) -> str:
        """The pack's version, X.Y.Z."""
        return self.manifest.version

    def where(self, family: str, name: str, said: str = "") -> str:
        """The file and line in which a document stands, or that in it of which a message speaks."""
        body = self.written.get(family, {}).get(name)
        return Faults(self.lines).where(spoken_of(said, body, (family, name)))

    def documents(self, given: Mapping[str, Any] | None = None) -> Documents:
        """The documents by family and name, with the answers in place (by default the pack's own).

        Raises `PackError` when an answer makes one of them unusable.
        """
        given = answers(self.manifest.inputs, {}, {}) if given is None else given
        return _checked(self.written, given, Faults(self.lines))


def load_pack(path: FilePath) -> Pack:
    """The pack in a folder, a `.crmpack` file or a single YAML file; nothing in it is run.

    Raises `FileError` when it cannot be read, `PackError` with everything that is wrong with it.
    """
    return pack_of(lay_out(read_files(path)))


def pack_of(layout: Layout) -> Pack:
    """The pack that is laid out like this. Raises `PackError`."""
    faults = Faults(layout.lines)
    manifest = manifest_of(layout.manifest, faults)
    given = answers(manifest.inputs, {}, {})
    _checked(layout.documents, given, faults)
    cases = CASES.check(layout.tests, (TESTS,), faults)
    faults.refuse()
    return Pack(manifest, layout.documents, cases_of(cases), _digest(layout), layout.lines)


def _checked(written: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any], faults: Faults) -> Documents:
    found: dict[str, dict[str, Any]] = {}
    filling = Filling(given, faults)
    for family in FAMILIES:
        for name, body in written.get(family, {}).items():
            path: Path = (family, name)
            if not SLUG.match(name):
                text = _("{name} is no name: use small letters, digits and _")
                faults.add(path, text.format(name=repr(name)))
                continue
            checked = SHAPES[family].check(filling.fill(body, path), path, faults)
            if isinstance(checked, dict):
                found.setdefault(family, {})[name] = {**checked, "name": name}
    _refuse_circles(found.get("segments", {}), faults)
    faults.refuse()
    return found


def _refuse_circles(segments: Mapping[str, Mapping[str, Any]], faults: Faults) -> None:
    trees = {}
    for name, body in segments.items():
        try:
            trees[name] = load_rule(body).tree
        except RuleError:  # told already
            continue
    for way in circles(trees):
        text = _("segments refer to one another in a circle: {way}")
        faults.add(("segments", way[0]), text.format(way=" → ".join(way)))


def _digest(layout: Layout) -> str:
    content = {"manifest": layout.manifest, "documents": layout.documents, "tests": layout.tests}
    return digest_of(content)


def digest_of(content: Any) -> str:
    """The sha256, in hex, of plain values: the same for the same values, however they were written down."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
