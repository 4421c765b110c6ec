"""kill -9 in the middle of an install or upgrade leaves all of it or nothing."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from crmcore.packs.applying import install, upgrade
from crmcore.packs.installed import digest_of_layers, installed_packs, laid_by
from crmcore.packs.pack import load_pack
from crmcore.packs.plan import Choice
from crmcore.playbook.playbook import Playbook
from crmcore.store.database import Database
from crmcore.store.documents import documents
from tests.packs.conftest import MANIFEST, write_pack
from tests.stress.children import sign, spawn


def _pack(folder: Path, number: int) -> Path:
    """A pack with something in each of three families."""
    tags = "".join(f"t{n}: {{title: {{zh: 签{number}, en: Tag {number}}}}}\n" for n in range(40))
    texts = "".join(f"x{n}: {{text: {{zh: 字{number}, en: Text {number}}}}}\n" for n in range(40))
    articles = "".join(
        f"a{n}: {{title: {{zh: 文, en: A}}, text: {{zh: 文{number}, en: A {number}}}}}\n" for n in range(40)
    )
    version = MANIFEST.replace("1.0.0", f"1.0.{number}")
    return write_pack(folder / f"v{number}", pack=version, tags=tags, texts=texts, articles=articles)


def _keep_changing(url: str, folders: list[str], ready: Any) -> None:
    """Install, then upgrade to one version after the other, until killed."""
    packs = [load_pack(Path(folder)) for folder in folders]
    database = Database(url)
    docs = documents(database, "child")
    ready.set()
    number = 0
    while True:
        pack = packs[number % len(packs)]
        with database.write("pack", actor="child", kind="pack") as write:
            if installed_packs(docs):
                Playbook(docs).save("tags", "t1", {"title": {"zh": "我", "en": f"mine {number}"}})
                upgrade(write, docs, pack, folders[number % len(packs)], {}, {"*": Choice.THEIRS}, {})
            else:
                install(write, docs, pack, folders[number % len(packs)], {}, {})
        number += 1


def _whole(url: str) -> str:
    """The version that is installed, having seen that its layers are whole; "" when nothing is."""
    database = Database(url)
    docs = documents(database)
    found = installed_packs(docs)
    layers = Playbook(docs).layers()
    version = ""
    if found:
        (pack,) = found
        assert digest_of_layers(laid_by(docs, "tea")) == pack.layers_digest
        assert {layer.family for layer in layers} == {"tags", "texts", "articles"}
        said = {
            entry["text"]["en"]
            for layer in layers
            if layer.family == "articles"
            for entry in layer.entries.values()
        }
        assert said == {f"A {pack.version.rpartition('.')[2]}"}
        version = pack.version
    else:
        assert layers == []
    database.dispose()
    return version


def _kill_at_random(url: str, folders: list[str], times: int) -> set[str]:
    seen = {_whole(url)}
    for _ in range(times):
        ready = sign()
        child = spawn(_keep_changing, url, folders, ready)
        assert ready.wait(120)
        time.sleep(random.uniform(0.0, 0.15))
        assert child.pid is not None
        os.kill(child.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        child.join()
        seen.add(_whole(url))
    return seen


def _goes_on(url: str, folders: list[str], times: int) -> None:
    """What was found after each kill is known, and another process installs over it as if nothing had been."""
    assert _kill_at_random(url, folders, times) <= {"", "1.0.0", "1.0.1", "1.0.2"}
    database = Database(url)
    docs = documents(database)
    pack = load_pack(Path(folders[2]))
    with database.write("pack", actor="me", kind="pack") as write:
        if installed_packs(docs):
            upgrade(write, docs, pack, folders[2], {}, {"*": Choice.THEIRS}, {})
        else:
            install(write, docs, pack, folders[2], {}, {})
    database.dispose()
    assert _whole(url) == "1.0.2"


@pytest.mark.parametrize("times", [2, pytest.param(60, marks=pytest.mark.stress)])
def test_a_killed_install_leaves_all_or_nothing(sqlite_url: str, tmp_path: Path, times: int) -> None:
    folders = [str(_pack(tmp_path, number)) for number in range(3)]
    _goes_on(sqlite_url, folders, times)


@pytest.mark.stress
def test_a_killed_install_leaves_all_or_nothing_on_postgresql(postgresql_url: str, tmp_path: Path) -> None:
    folders = [str(_pack(tmp_path, number)) for number in range(3)]
    _goes_on(postgresql_url, folders, 30)
