"""Packs that come with a Python package: found by name, and nothing of the package is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.errors import NotFoundError
from crmcore.packs.faults import PackError
from crmcore.packs.sources import find_source, loadable
from tests.packs.conftest import BIG, MANIFEST, write_pack


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with an installed package that would fail when it was imported."""
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[crmcore_packs]\nacme = acme_packs.shops\nlost = no_such_package\n"
    )
    package = tmp_path / "acme_packs"
    write_pack(package / "shops" / "tea", segments=BIG)
    for folder in (package, package / "shops"):
        (folder / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    return package / "shops"


def test_a_packages_packs_are_found_by_name_and_nothing_is_imported(site: Path) -> None:
    source = find_source("tea")
    assert (source.package, source.path) == ("acme", site / "tea")
    assert source.load().name == "tea"
    with pytest.raises(NotFoundError, match="no pack 'teas': did you mean 'tea'"):
        find_source("teas")


def test_one_that_calls_itself_otherwise_or_is_faulty_is_told_among_the_others(site: Path) -> None:
    write_pack(site / "cake")  # calls itself tea
    write_pack(site / "pie", pack=MANIFEST.replace("tea", "pie"), tags="x: 3")
    wrong = {source.named: str(pack) for source, pack in loadable() if isinstance(pack, PackError)}
    assert wrong == {
        "cake": "pack.yaml: it calls itself tea and lies under cake",
        "pie": "tags.yaml:1: a mapping belongs here, not 3",
    }


def test_a_path_is_a_path_though_a_pack_has_its_name(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pack(tmp_path / "here" / "tea")
    monkeypatch.chdir(tmp_path / "here")
    assert find_source("tea").package == "acme"
    assert find_source("./tea").path == tmp_path / "here" / "tea"
    with pytest.raises(NotFoundError, match=r"no pack at \./coffee"):
        find_source("./coffee")
