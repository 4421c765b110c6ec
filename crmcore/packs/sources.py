"""Where packs come from: a folder or file that is named, or by its name one that a Python package brings.

A package names itself in the entry point group `crmcore_packs` (`shops = "acme_packs"`); its folder holds one
pack or a folder for each. Nothing of the package is imported, and none of its code is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from crmcore.errors import NotFoundError
from crmcore.i18n import gettext as _
from crmcore.packs.faults import PackError, one_fault
from crmcore.packs.files import ENDING, MANIFEST, YAML_ENDINGS
from crmcore.packs.pack import Pack, load_pack
from crmcore.rules.fields import suggestion

GROUP = "crmcore_packs"


@dataclass(frozen=True)
class Source:
    """A place that a pack can be read from. `named` finds it again: an absolute path, or a bare name."""

    named: str
    path: Path
    package: str = ""

    def load(self) -> Pack:
        """The pack that is there now. Raises `FileError`, `PackError`."""
        pack = load_pack(self.path)
        if self.package and pack.name != self.named:
            text = _("it calls itself {other} and lies under {name}")
            raise one_fault(text.format(other=pack.name, name=self.named), MANIFEST)
        return pack


def find_source(named: str) -> Source:
    """The pack at that path, or of that name among the packages' ones. Raises `NotFoundError`."""
    path = _path(named)
    looks_like_path = "/" in named or "\\" in named or path.suffix in (ENDING, *YAML_ENDINGS)
    available = {} if looks_like_path else {source.named: source for source in available_sources()}
    if named in available:
        return available[named]
    if _exists(path):
        # Not resolved: a link is told as one when it is read.
        return Source(str(path.absolute()), path.absolute())
    if looks_like_path:
        raise NotFoundError(_("there is no pack at {path}").format(path=named))
    raise NotFoundError(
        _("there is no pack {name}{hint}; a folder or file is named by its path").format(
            name=repr(named), hint=suggestion(named, available)
        )
    )


def _path(named: str) -> Path:
    try:
        return Path(named).expanduser()
    except RuntimeError:  # ~somebody who is not known here
        return Path(named)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name longer than any file's
        return False


def available_sources() -> list[Source]:
    """The packs that this program and installed packages bring, by name."""
    found: dict[str, Source] = {}
    for entry_point in sorted(entry_points(group=GROUP), key=lambda one: (one.name != "crmcore", one.name)):
        for folder in _folders(entry_point.value):
            for path in _packs_in(folder):
                name = path.name.removesuffix(ENDING)
                found.setdefault(name, Source(name, path, entry_point.name))
    return [found[name] for name in sorted(found)]


def loadable() -> Iterator[tuple[Source, Pack | PackError]]:
    """Every available pack, or what is wrong with it."""
    for source in available_sources():
        try:
            yield source, source.load()
        except PackError as error:
            yield source, error


def _folders(package: str) -> list[Path]:
    """Where the package lies. Only its top is looked up, which imports nothing; the rest is folders."""
    top, *inner = package.split(".")
    try:
        spec = PathFinder.find_spec(top) or find_spec(top)
    except (ImportError, ValueError):
        return []
    return [Path(one, *inner) for one in (spec.submodule_search_locations or ())] if spec else []


def _packs_in(folder: Path) -> Iterator[Path]:
    if (folder / MANIFEST).is_file():
        yield folder
        return
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (path / MANIFEST).is_file() or (path.suffix == ENDING and path.is_file()):
            yield path
