"""The manifest of a pack (`pack.yaml`): what it is called, what it needs, what it asks the shop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.packs.faults import Faults, Path
from crmcore.packs.inputs import INPUTS, Input, inputs_of
from crmcore.packs.shapes import ListOf, MapOf, Number, Record, Slug, Text, Texts, shown

FORMAT = 1
# Semantic versioning 2.0, https://semver.org: three numbers, then perhaps what comes before a release, and
# perhaps after a + how it was made, which says nothing of the order.
_PART = r"(?:0|[1-9][0-9]{0,8}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})"
    rf"(?:-({_PART}(?:\.{_PART})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_LONGEST_VERSION, _LONGEST_NEED = 60, 200


@dataclass(frozen=True)
class VersionShape:
    """A pack's version, X.Y.Z."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The version."""
        if not isinstance(value, str) or len(value) > _LONGEST_VERSION or not _SEMVER.fullmatch(value):
            text = _("{value} is no version: write three numbers, such as 1.0.0")
            faults.add(path, text.format(value=shown(value)))
        return value


@dataclass(frozen=True)
class NeededShape:
    """Which versions of something are needed: ">=0.1", ">=1.2,<2", or "" for any."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The condition."""
        try:
            short = isinstance(value, str) and len(value) <= _LONGEST_NEED
            SpecifierSet(value if short else "?")
        except InvalidSpecifier:
            text = _("{value} names no versions: write '>=1.2' or '>=1.2,<2'")
            faults.add(path, text.format(value=shown(value)))
        return value


SHAPE = Record(
    {
        "format": Number(1, FORMAT, whole=True),
        "name": Slug(),
        "version": VersionShape(),
        "title": Texts(),
        "description": Texts(Text(2_000, line=False)),
        "authors": ListOf(Text(200), least=1, most=50),
        "licence": Text(200),
        "core": NeededShape(),
        "plugins": MapOf(Slug(), NeededShape()),
        "inputs": INPUTS,
    },
    needed=("name", "version", "title", "authors"),
)


@dataclass(frozen=True)
class Manifest:
    """What a pack says of itself; `core` and `plugins` are conditions on versions (">=0.1")."""

    name: str
    version: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    authors: tuple[str, ...]
    licence: str
    core: str
    plugins: Mapping[str, str]
    inputs: Mapping[str, Input]

    @property
    def shown(self) -> str:
        """The title in the language in force."""
        return title_of(self.title["zh"], self.title["en"])

    def as_json(self) -> dict[str, Any]:
        """The manifest as JSON values."""
        return {
            "name": self.name,
            "version": self.version,
            "title": dict(self.title),
            "description": dict(self.description),
            "authors": list(self.authors),
            "licence": self.licence,
            "core": self.core,
            "plugins": dict(self.plugins),
            "inputs": {name: one.as_json() for name, one in self.inputs.items()},
        }


def manifest_of(body: Mapping[str, Any], faults: Faults) -> Manifest:
    """The manifest in these keys. Raises `PackError` with all faults when it cannot be used."""
    checked = SHAPE.check(body, (), faults)
    inputs = inputs_of(checked.get("inputs") or {}, faults) if not faults.found else {}
    faults.refuse()
    return Manifest(
        name=checked["name"],
        version=checked["version"],
        title=checked["title"],
        description=checked.get("description", {}),
        authors=tuple(checked["authors"]),
        licence=checked.get("licence", ""),
        core=checked.get("core", ""),
        plugins=checked.get("plugins", {}),
        inputs=inputs,
    )


def fits(version: str, needed: str) -> bool:
    """Whether a version is among the needed ones; one that nobody can read is, only where any will do."""
    try:
        return SpecifierSet(needed).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return not needed


def newer(version: str, than: str) -> bool:
    """Whether one version of a pack comes after another: what comes before a release is older than it."""
    return _precedence(version) > _precedence(than)


def _precedence(version: str) -> tuple[Any, ...]:
    """Semantic versioning 2.0, item 11: numbers by size and before words, of equals the shorter first."""
    found = _SEMVER.fullmatch(version)
    if found is None:  # none that a pack can have today
        return ()
    *numbers, before = found.groups()
    parts = [(0, int(one), "") if one.isdecimal() else (1, 0, one) for one in (before or "").split(".")]
    return (*map(int, numbers), before is None, parts if before else [])
