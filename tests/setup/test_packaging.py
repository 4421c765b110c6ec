"""The wheel holds everything: what pyproject lists is what the tree has, and `crm` runs from it alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _packages_in_the_tree() -> set[str]:
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in ROOT.glob("crmcore/**/__init__.py")}
    for path in ROOT.glob("plugins/**/__init__.py"):  # families, and plugins of several files
        found.add("crm_" + ".".join(path.parent.relative_to(ROOT / "plugins").parts))
    return found | {"crm_packs"}


def test_every_package_is_listed() -> None:
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == _packages_in_the_tree()


def test_every_bundled_plugin_is_an_entry_point() -> None:
    modules = {
        "crm_" + ".".join(path.with_suffix("").relative_to(ROOT / "plugins").parts).removesuffix(".__init__")
        for path in ROOT.glob("plugins/**/*.py")
        if "@hookimpl" in path.read_text("utf-8")
    }
    entry_points = PROJECT["project"]["entry-points"]
    assert {*entry_points["crmcore"].values(), *entry_points["crmcore.optional"].values()} == modules


def test_every_dependency_is_pinned_and_no_host_is_named() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    assert not [line for line in lines if "://" in line or line.startswith("-")]
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(one for extra in extras for one in extra)]
    for requirement in wanted:
        name = requirement.partition("[")[0]
        for sign in (">", "<", "=", ";", " "):
            name = name.partition(sign)[0]
        assert name.lower().replace("_", "-") in pinned, name


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources, as `pipx install .` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(
        [
            "git",
            "ls-files",
            "-co",
            "--exclude-standard",
            "crmcore",
            "plugins",
            "packs",
            "pyproject.toml",
            "README.md",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in tracked.stdout.splitlines():
        if (ROOT / name).is_file():
            target = folder / "source" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    program = (
        "import os, sys; os.chdir(sys.argv[1]); from setuptools import build_meta; "
        "print(build_meta.build_wheel(sys.argv[2]))"
    )
    built = subprocess.run(
        [sys.executable, "-c", program, str(folder / "source"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_module_plugin_and_catalog(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    for path in [
        *ROOT.glob("crmcore/**/*.py"),
        *ROOT.glob("crmcore/**/*.mo"),
        *ROOT.glob("crmcore/**/*.txt"),
    ]:
        if "__pycache__" not in path.parts:
            assert path.relative_to(ROOT).as_posix() in held
    for path in ROOT.glob("plugins/*/*.py"):
        assert f"crm_{path.parent.name}/{path.name}" in held
    assert "crmcore/py.typed" in held
    assert not [name for name in held if name.startswith(("tests/", "plugins/", "bench/"))]


def test_crm_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # -P and -S keep the checkout and its editable install out; third-party packages are given by hand.
    others = [path for path in sys.path if path.endswith("site-packages")]
    program = (
        f"import sys; sys.path[:0] = {[str(site), *others]!r}\nfrom crmcore.cli.main import main; main()"
    )
    environ = {**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "LANG": "C.UTF-8"}
    for name in ("PYTHONPATH", "CRM_SHOP"):
        environ.pop(name, None)

    def crm(*words: str) -> str:
        result = subprocess.run(
            [sys.executable, "-P", "-S", "-c", program, *words],
            capture_output=True,
            encoding="utf-8",
            env=environ,
            cwd=tmp_path,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    crm("init", "shop", "--lang", "zh")
    listed = crm("--shop", "shop", "plugin", "list", "--json")
    for name in PROJECT["project"]["entry-points"]["crmcore"]:
        assert f'"{name}"' in listed
    assert '"failed"' not in listed
    assert "客户" in crm("--shop", "shop", "stats")
