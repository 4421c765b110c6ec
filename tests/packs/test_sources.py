"""Where packs come from: a Python package that is installed, of which nothing is imported; a git checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from crmcore.errors import NotFoundError
from crmcore.packs.faults import PackError
from crmcore.packs.limits import MOST_FILES
from crmcore.packs.pack import load_pack
from crmcore.packs.plan import State
from crmcore.packs.sources import find_source, loadable
from crmcore.packs.verifying import Verdict
from crmcore.shop import Shop
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


@pytest.mark.stress  # pip alone takes two seconds
def test_a_package_that_pip_installed_brings_its_pack(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel, site, info = tmp_path / "acme-1.0-py3-none-any.whl", tmp_path / "site", "acme-1.0.dist-info"
    files = {
        "acme_packs/__init__.py": "raise SystemExit('imported')",
        "acme_packs/tea/pack.yaml": MANIFEST,
        "acme_packs/tea/segments.yaml": BIG,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[crmcore_packs]\nacme = acme_packs\n",
    }
    with zipfile.ZipFile(wheel, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
        made.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD")))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True, capture_output=True)
    monkeypatch.syspath_prepend(str(site))
    shop.packs.install(*shop.packs.find("tea"))
    assert [one.verdict for one in shop.packs.verify()] == [Verdict.WHOLE]
    shutil.rmtree(site)
    assert [one.verdict for one in shop.packs.verify()] == [Verdict.GONE]


# --- git --------------------------------------------------------------------------------------------------

with_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not there")


def git(folder: Path, *words: str) -> None:
    """Run git there, with nobody's own settings."""
    as_ann = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
    nobodys = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | nobodys
    command = ["git", "-C", str(folder), *as_ann, *words]
    subprocess.run(command, check=True, capture_output=True, env=environment)


def commit(folder: Path, why: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", why)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A pack in a git repository, with what people keep beside it there."""
    folder = write_pack(tmp_path / "repository", segments=BIG)
    (folder / "README.md").write_text("Tea")
    (folder / ".gitignore").write_text("*.bak\n")
    (folder / ".github").mkdir()
    (folder / ".github" / "check.sh").write_text("crm pack check .")
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "the pack")
    return folder


@with_git
def test_a_git_checkout_is_the_pack_that_was_committed(shop: Shop, repository: Path, tmp_path: Path) -> None:
    clone, tree = tmp_path / "clone", tmp_path / "tree"
    git(tmp_path, "clone", "--quiet", str(repository), str(clone))
    git(clone, "worktree", "add", "--quiet", str(tree))
    assert (tree / ".git").is_file()
    with (clone / ".git" / "big.pack").open("wb") as file:
        file.truncate(50_000_000)  # nothing of git's counts
    for number in range(MOST_FILES + 1):
        (clone / ".git" / f"{number}.yaml").touch()
    plain = load_pack(write_pack(tmp_path / "plain", segments=BIG))
    assert {load_pack(one).digest for one in (repository, clone, tree)} == {plain.digest}
    shop.packs.install(*shop.packs.find(str(clone)))
    assert [one.verdict for one in shop.packs.verify()] == [Verdict.WHOLE]
    git(clone, "commit", "--quiet", "--allow-empty", "-m", "git's own files change, the pack does not")
    assert [one.verdict for one in shop.packs.verify()] == [Verdict.WHOLE]


@with_git
def test_what_was_pulled_is_an_upgrade(shop: Shop, repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repository), str(clone))
    shop.packs.install(*shop.packs.find(str(clone)))
    newer = MANIFEST.replace("1.0.0", "1.1.0")
    write_pack(repository, pack=newer, segments=BIG.replace("gte: 5", "gte: 7"))
    commit(repository, "from seven on")
    git(clone, "pull", "--quiet")
    assert [(one.verdict, one.detail) for one in shop.packs.verify()] == [(Verdict.NEWER, "1.1.0")]
    plan, _act = shop.packs.upgrade(*shop.packs.find("tea"), {})
    assert (plan.before, plan.after, plan.count(State.CHANGED)) == ("1.0.0", "1.1.0", 1)
    assert "gte: 7" in shop.segments.as_yaml("big")


@with_git
@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_that_was_committed_is_not_followed_and_git_may_be_one(
    repository: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere"
    (repository / ".git").rename(moved)
    (repository / ".git").symlink_to(moved)
    assert load_pack(repository).name == "tea"
    (tmp_path / "secret.yaml").write_text("password: x")
    (repository / "settings.yaml").symlink_to("../secret.yaml")
    commit(repository, "look at that")
    git(tmp_path, "clone", "--quiet", str(repository), str(tmp_path / "clone"))
    with pytest.raises(PackError, match=r"settings.yaml: a link has no place in a pack"):
        load_pack(tmp_path / "clone")
