"""Property: whatever a shop edits and whatever versions come, no edit is ever lost without having been given up."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.packs.applying import UnsettledError, install, plan_pack, remove, upgrade
from crmcore.packs.pack import Pack, load_pack
from crmcore.packs.plan import Choice, State
from crmcore.playbook.playbook import Playbook
from crmcore.store.database import Database
from crmcore.store.documents import documents
from crmcore.store.migrations import migrate
from crmcore.store.undo import undo
from tests.examples import examples
from tests.packs.conftest import MANIFEST, write_pack

NAMES = ("a", "b", "c")
_TEXT = st.sampled_from(["one", "two", "three"])
_VERSION = st.dictionaries(st.sampled_from(NAMES), _TEXT)
_STEP = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from(NAMES), _TEXT),
    st.tuples(st.just("drop"), st.sampled_from(NAMES)),
    st.tuples(
        st.just("upgrade"), _VERSION, st.dictionaries(st.sampled_from(NAMES), st.sampled_from(list(Choice)))
    ),
    st.tuples(st.just("undone"), _VERSION),
    st.tuples(st.just("remove")),
)


def tag(text: str) -> dict[str, Any]:
    return {"title": {"zh": text, "en": text}}


@contextmanager
def shop() -> Iterator[tuple[Database, Any, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/shop.db")
        migrate(database)
        yield database, documents(database, "test"), Path(folder)
        database.dispose()


def pack_of(folder: Path, number: int, texts: dict[str, str]) -> Pack:
    tags = "".join(f"{name}: {{title: {{zh: {text}, en: {text}}}}}\n" for name, text in texts.items())
    made = write_pack(
        folder / str(number), pack=MANIFEST.replace("1.0.0", f"1.0.{number}"), tags=tags or "{}"
    )
    return load_pack(made)


@settings(max_examples=examples(12), deadline=None)
@given(_VERSION, st.lists(_STEP, max_size=7))
def test_no_edit_is_lost_that_was_not_given_up(first: dict[str, str], steps: list[Any]) -> None:
    with shop() as (database, docs, folder):
        playbook = Playbook(docs)
        mine: dict[str, str] = {}  # what the shop wrote and never gave up
        theirs: dict[str, str] | None = None
        for number, step in enumerate([("upgrade", first, {}), *steps]):
            match step:
                case ("edit", name, text):
                    playbook.save("tags", name, tag(text))
                    if theirs is not None and theirs.get(name) == text:
                        mine.pop(name, None)  # says what the pack says: no edit
                    else:
                        mine[name] = text
                case ("drop", name) if name in mine:
                    playbook.remove("tags", name)
                    del mine[name]
                case ("upgrade", texts, choices):
                    pack = pack_of(folder, number, texts)
                    keep = {f"tags/{name}": choice for name, choice in choices.items()}
                    plan = plan_pack(docs, pack, {}, {})
                    open_ = {one.name for one in plan.conflicts}
                    expected = {
                        name
                        for name, text in mine.items()
                        if theirs is not None and name in theirs and name in texts
                        and texts[name] not in (theirs[name], text)
                    }  # fmt: skip
                    assert open_ == expected
                    with database.write("pack", actor="test", kind="pack") as write:
                        try:
                            if theirs is None:
                                install(write, docs, pack, "x", {}, {})
                            else:
                                upgrade(write, docs, pack, "x", {}, keep, {})
                        except UnsettledError:
                            assert open_ - set(choices)
                            continue
                    assert open_ <= set(choices)
                    for name in open_:
                        if choices[name] is Choice.THEIRS:
                            del mine[name]
                    theirs = texts
                case ("undone", texts) if theirs is not None:
                    with database.write("pack", actor="test", kind="pack") as write:
                        upgrade(
                            write, docs, pack_of(folder, number, texts), "x", {}, {"*": Choice.THEIRS}, {}
                        )
                        act = write.change_id
                    with database.write("undo", actor="test", kind="undo") as write:
                        assert undo(write, act).kept == ()
                case ("remove",) if theirs is not None:
                    with database.write("pack", actor="test", kind="pack") as write:
                        plan = remove(write, docs, "tea")
                    assert plan.count(State.KEPT) == len(set(mine) & set(theirs))
                    theirs = None
            found = {one.name: one.body["title"]["en"] for one in playbook.all("tags") if one.own}
            assert found == mine
            in_force = {one.name: one.body["title"]["en"] for one in playbook.all("tags")}
            assert in_force == {**(theirs or {}), **mine}
