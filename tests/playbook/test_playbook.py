"""The playbook: the shop's own documents over those of its packs, and taking changes of it back."""

from __future__ import annotations

from typing import Any

import pytest

from crmcore.errors import CrmError, NotFoundError
from crmcore.playbook.playbook import Playbook
from crmcore.rules.where import where
from crmcore.store.change_summary import summary
from crmcore.store.changes import find_change, list_changes
from crmcore.store.database import Database
from crmcore.store.documents import documents
from crmcore.store.playbook_tables import LAYERS
from crmcore.store.undo import UndoReport, undo, undo_in_chunks


def lay(playbook: Playbook, pack: str, order: int, family: str = "articles", **bodies: Any) -> None:
    layer = {"pack": pack, "family": family, "order": order, "entries": bodies}
    playbook.documents.table(LAYERS).insert(layer)


def names(playbook: Playbook, family: str = "articles") -> list[tuple[str, str, Any]]:
    return [(one.name, one.source, one.body.get("text")) for one in playbook.all(family)]


def take_back(database: Database) -> UndoReport:
    with database.read() as connection:
        newest = next(one for one in list_changes(connection) if one.kind != "undo" and one.state == "done")
    return undo_in_chunks(database, newest.id, "test")


@pytest.fixture
def playbook(database: Database) -> Playbook:
    return Playbook(documents(database, "test"))


def test_the_shops_own_lies_over_the_latest_pack_and_that_over_earlier_ones(playbook: Playbook) -> None:
    lay(playbook, "first", 1, a={"text": "a1"}, b={"text": "b1"}, c={"text": "c1"})
    lay(playbook, "second", 2, b={"text": "b2"}, c={"text": "c2"})
    playbook.save("articles", "c", {"text": "mine"})
    assert names(playbook) == [("c", "shop", "mine"), ("b", "second", "b2"), ("a", "first", "a1")]
    entry = playbook.get("articles", "c")
    assert entry is not None
    assert entry.override
    assert entry.under is not None
    assert entry.under.under is not None
    assert [entry.under.source, entry.under.under.source] == ["second", "first"]
    assert entry.body == {"name": "c", "text": "mine"}
    assert playbook.get("segments", "c") is None


def test_saving_replaces_the_whole_document(playbook: Playbook) -> None:
    playbook.save("articles", "a", {"text": "one", "tags": ["x"]})
    playbook.save("articles", "a", {"text": "two"})
    assert playbook.documents.table("articles").all() == [{"name": "a", "text": "two"}]


def test_words_that_are_the_packs_own_are_no_edit(playbook: Playbook) -> None:
    lay(playbook, "first", 1, a={"text": "a1"})
    playbook.save("articles", "a", {"text": "mine"})
    assert playbook.save("articles", "a", {"text": "a1"}).source == "first"
    assert playbook.documents.table("articles").all() == []


def test_removing_shows_the_packs_again(playbook: Playbook) -> None:
    lay(playbook, "first", 1, a={"text": "a1"})
    playbook.save("articles", "a", {"text": "mine"})
    shown = playbook.remove("articles", "a")
    assert shown is not None
    assert shown.source == "first"
    with pytest.raises(NotFoundError, match="nothing named 'a' of its own"):
        playbook.remove("articles", "a")


def test_a_family_that_is_not_there_is_refused_with_the_nearest(playbook: Playbook) -> None:
    with pytest.raises(CrmError, match="no 'article': did you mean 'articles'"):
        playbook.all("article")


def test_settings_are_the_ones_that_plugins_have(playbook: Playbook) -> None:
    playbook.documents.table("plugins").insert({"name": "lapse", "disabled": True, "settings": {"days": 90}})
    entry = playbook.get("settings", "lapse")
    assert entry is not None
    assert entry.body == {"name": "lapse", "days": 90}
    playbook.save("settings", "lapse", {"days": 60})
    assert playbook.documents.table("plugins").all() == [
        {"name": "lapse", "disabled": True, "settings": {"days": 60}}
    ]
    playbook.remove("settings", "lapse")
    assert playbook.all("settings") == []
    assert playbook.documents.table("plugins").all()[0]["disabled"] is True


# --- taking back ------------------------------------------------------------------------------------------


def test_every_change_of_the_playbook_can_be_taken_back(playbook: Playbook, database: Database) -> None:
    playbook.save("articles", "a", {"text": "one"})
    playbook.save("articles", "a", {"text": "two"})
    playbook.remove("articles", "a")
    assert take_back(database).restored == 1
    assert names(playbook) == [("a", "shop", "two")]
    assert take_back(database).restored == 1
    assert names(playbook) == [("a", "shop", "one")]
    assert take_back(database).removed == 1
    assert names(playbook) == []


def test_one_act_over_many_documents_is_taken_back_as_one(playbook: Playbook, database: Database) -> None:
    playbook.save("articles", "a", {"text": "one"})
    with database.write("pack", actor="test", kind="pack") as write:
        lay(playbook, "first", 1, a={"text": "a1"}, b={"text": "b1"})
        playbook.save("articles", "a", {"text": "two"})
        playbook.save("articles", "a", {"text": "three"})
        playbook.save("articles", "new", {"text": "gone again"})
        playbook.remove("articles", "new")
        change_id = write.change_id
    with database.read() as connection:
        counted = summary(connection, find_change(connection, change_id))
    assert counted == {"documents": {"made": 2, "updated": 2, "deleted": 1}}
    with database.write("undo", actor="test", kind="undo") as write:
        assert undo(write, change_id).kept == ()
    assert names(playbook) == [("a", "shop", "one")]
    assert playbook.layers() == []


def test_what_was_edited_since_is_kept_and_named(playbook: Playbook, database: Database) -> None:
    with database.write("pack", actor="Ann", kind="pack") as write:
        playbook.save("articles", "a", {"text": "one"})
        playbook.save("articles", "b", {"text": "one"})
        change_id = write.change_id
    playbook.save("articles", "a", {"text": "edited"})
    report = undo_in_chunks(database, change_id, "test")
    (kept,) = report.kept
    assert (kept.table, kept.id) == ("articles", 1)
    assert "changed since by change" in kept.why
    assert "test" in kept.why
    assert names(playbook) == [("a", "shop", "edited")]


def test_a_removed_one_does_not_come_back_beside_a_new_one(playbook: Playbook, database: Database) -> None:
    playbook.save("articles", "a", {"text": "one"})
    with database.write("removed", actor="test") as write:
        playbook.remove("articles", "a")
        change_id = write.change_id
    playbook.save("articles", "a", {"text": "new"})
    (kept,) = undo_in_chunks(database, change_id, "test").kept
    assert "another one named 'a'" in kept.why
    assert names(playbook) == [("a", "shop", "new")]


def test_documents_beside_the_playbook_leave_nothing_in_the_journal(database: Database) -> None:
    table = documents(database).table("accounts")
    table.insert({"name": "ann", "password": "hash one"})
    table.update({"password": "hash two"}, where("name") == "ann")
    with database.read() as connection:
        assert "documents" not in {one.kind for one in list_changes(connection)}


def test_a_dropped_table_can_be_had_back(playbook: Playbook, database: Database) -> None:
    playbook.save("articles", "a", {"text": "one"})
    playbook.documents.drop_table("articles")  # type: ignore[attr-defined]
    take_back(database)
    assert names(playbook) == [("a", "shop", "one")]
