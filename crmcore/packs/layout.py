"""How a pack's files make one whole: a manifest, documents by family and name, tests.

`pack.yaml` holds the manifest and may hold everything; a family may have a file (`segments.yaml`, a mapping
of names) or a folder (`segments/lapsed.yaml`, one document a file). Nothing may stand in two places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from crmcore.i18n import gettext as _
from crmcore.packs.faults import Faults, Path
from crmcore.packs.files import MANIFEST
from crmcore.packs.parsing import Parsed, parse
from crmcore.rules.fields import suggestion
from crmcore.store.playbook_tables import FAMILIES

TESTS = "tests"


@dataclass
class Layout:
    """A pack as it is written; nothing is checked but that each thing stands in its place, once."""

    manifest: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    tests: list[Any] = field(default_factory=list)
    lines: dict[Path, tuple[str, int]] = field(default_factory=dict)


def lay_out(files: Mapping[str, str]) -> Layout:
    """The pack in these files. Raises `PackError`."""
    layout = Layout()
    faults = Faults(layout.lines)
    for name in sorted(files, key=lambda one: (one != MANIFEST, one)):
        _take(layout, name, parse(files[name], name), faults)
    faults.refuse()
    return layout


def _take(layout: Layout, name: str, parsed: Parsed, faults: Faults) -> None:
    path = PurePosixPath(name)
    family = path.stem if len(path.parts) == 1 else path.parts[0]
    if name == MANIFEST:
        _take_manifest(layout, parsed, faults)
    elif family == TESTS:
        _take_tests(layout, name, parsed)
    elif family not in FAMILIES or len(path.parts) > 2:
        layout.lines[(name,)] = (name, 1)
        faults.add(
            (name,),
            _("a pack has no place for this file{hint}").format(hint=suggestion(family, [*FAMILIES, TESTS])),
        )
    elif len(path.parts) == 2:
        _note(layout, name, parsed, (family, path.stem))
        _put(layout, family, path.stem, parsed.value, faults)
    else:
        _note(layout, name, parsed, (family,))
        _take_family(layout, family, parsed.value, faults)


def _take_manifest(layout: Layout, parsed: Parsed, faults: Faults) -> None:
    _note(layout, MANIFEST, parsed, ())
    if not isinstance(parsed.value, dict):
        faults.add((), _("the manifest is a mapping: name, version, title, authors …"))
        return
    for key, value in parsed.value.items():
        if key in FAMILIES:
            _take_family(layout, key, value, faults)
        elif key == TESTS:
            layout.tests += value if isinstance(value, list) else [value]
        else:
            layout.manifest[key] = value


def _take_tests(layout: Layout, name: str, parsed: Parsed) -> None:
    cases = parsed.value if isinstance(parsed.value, list) else [parsed.value]
    first = len(layout.tests)
    layout.tests += cases
    for path, line in parsed.lines.items():
        if not isinstance(parsed.value, list):
            layout.lines[(TESTS, first, *path)] = (name, line)
        elif path and isinstance(path[0], int):
            layout.lines[(TESTS, first + path[0], *path[1:])] = (name, line)


def _take_family(layout: Layout, family: str, value: Any, faults: Faults) -> None:
    if value is None:
        return
    if not isinstance(value, dict):
        faults.add(
            (family,), _("{family} is a mapping of names to what stands under them").format(family=family)
        )
        return
    for name, body in value.items():
        _put(layout, family, name, body, faults)


def _put(layout: Layout, family: str, name: str, body: Any, faults: Faults) -> None:
    there = layout.documents.setdefault(family, {})
    if name in there:
        faults.add(
            (family, name), _("{name} stands in two places of the pack").format(name=f"{family}/{name}")
        )
    there[name] = body


def _note(layout: Layout, file: str, parsed: Parsed, prefix: Path) -> None:
    for path, line in parsed.lines.items():
        layout.lines[(*prefix, *path)] = (file, line)
