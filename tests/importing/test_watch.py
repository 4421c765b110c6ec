"""A folder is watched: what comes into it is imported once, when it is complete."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crmcore.errors import CrmError, FileError
from crmcore.importing.run import ImportResult
from crmcore.importing.watch import Watcher
from crmcore.shop import Shop
from tests.importing.shops import mapping, opened, orders, table

COLUMNS = ["order_ref", "buyer_ref", "placed_at", "order_total"]


class Folder:
    """A watched folder, looked at by hand instead of by the clock."""

    def __init__(self, shop: Shop, folder: Path, said: Path) -> None:
        self.results: list[ImportResult] = []
        self.errors: list[tuple[str, str]] = []
        self.inbox = folder / "inbox"
        self.inbox.mkdir(exist_ok=True)
        self._watcher = Watcher(
            self.inbox,
            lambda path: shop.imports.run([path], mapping=said),
            shop.imports.resume,
            shop.imports.all,
            self.results.append,
            lambda path, error: self.errors.append((path.name, str(error))),
        )

    def look(self) -> list[str]:
        """The names of the files that this look imported."""
        before = len(self.results)
        self._watcher.look()
        return [result.files[0].name for result in self.results[before:]]


def order(number: str) -> dict[str, object]:
    return {"order_ref": number, "buyer_ref": "li", "placed_at": "2026-01-05 10:00:00", "order_total": "1.00"}


@pytest.fixture
def said(tmp_path: Path) -> Path:
    return mapping(tmp_path, record="order", columns=COLUMNS, currency="CNY")


@pytest.fixture
def folder(sqlite_shop: Shop, tmp_path: Path, said: Path) -> Folder:
    return Folder(sqlite_shop, tmp_path, said)


def test_a_file_is_taken_when_nobody_writes_to_it_any_more(folder: Folder, sqlite_shop: Shop) -> None:
    file = table(folder.inbox, [order("A1")], "a.csv")
    assert folder.look() == []
    with file.open("a", encoding="utf-8") as more:
        more.write("A2,li,2026-01-05 10:00:00,2.00\n")
    assert folder.look() == []
    assert folder.look() == ["a.csv"]
    assert folder.look() == folder.look() == []
    assert sorted(orders(sqlite_shop, "id")) == ["A1", "A2"]
    assert file.exists()


def test_a_file_that_changes_is_imported_again_and_a_copy_of_it_is_not(folder: Folder) -> None:
    table(folder.inbox, [order("A1")], "a.csv")
    folder.look()
    assert folder.look() == ["a.csv"]
    table(folder.inbox, [order("A1"), order("A2")], "a.csv")
    table(folder.inbox, [order("A1"), order("A2")], "copy.csv")
    folder.look()
    assert len(folder.look()) == 1
    assert folder.errors == []


def test_half_downloads_hidden_and_empty_files_are_left_alone(folder: Folder) -> None:
    for name in ("a.csv.part", ".hidden.csv", "~$book.xlsx", "b.crdownload", "c.tmp"):
        table(folder.inbox, [order("A1")], name)
    (folder.inbox / "empty.csv").touch()
    (folder.inbox / "sub").mkdir()
    table(folder.inbox / "sub", [order("A1")], "deep.csv")
    folder.look()
    assert folder.look() == []
    assert folder.errors == []


def test_a_file_that_cannot_be_used_is_told_once_and_the_others_come_in(folder: Folder) -> None:
    (folder.inbox / "bad.csv").write_text("nothing,of,ours\n1,2,3\n", "utf-8")
    table(folder.inbox, [order("A1")], "good.csv")
    folder.look()
    assert folder.look() == ["good.csv"]
    assert [name for name, _said in folder.errors] == ["bad.csv"]
    folder.look()
    assert len(folder.errors) == 1
    table(folder.inbox, [order("A9")], "bad.csv")
    folder.look()
    assert folder.look() == ["bad.csv"]


def test_another_watcher_takes_nothing_twice_and_nothing_that_was_undone(
    folder: Folder, sqlite_shop: Shop, tmp_path: Path, said: Path
) -> None:
    table(folder.inbox, [order("A1")], "a.csv")
    table(folder.inbox, [order("A2")], "b.csv")
    folder.look()
    folder.look()
    sqlite_shop.imports.undo(folder.results[0].id or 0)
    later = Folder(sqlite_shop, tmp_path, said)
    later.look()
    assert later.look() == []


def test_an_interrupted_import_of_a_file_in_the_folder_goes_on(
    folder: Folder, sqlite_shop: Shop, said: Path
) -> None:
    file = table(folder.inbox, [order("A1"), order("A2")], "a.csv")

    def stop(_done: int, total: int, _what: str) -> None:
        if total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sqlite_shop.imports.run([file], mapping=said, progress=stop)
    assert sqlite_shop.imports.all()[0].state == "interrupted"
    folder.look()
    assert folder.look() == ["a.csv"]
    assert [one.state for one in sqlite_shop.imports.all()] == ["done"]


def test_a_folder_that_is_not_there_is_told(sqlite_shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        sqlite_shop.imports.watch(tmp_path / "nowhere", every=0.01)


def test_watching_goes_on_until_it_is_stopped(sqlite_url: str, tmp_path: Path, said: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    done = threading.Event()
    results: list[ImportResult] = []
    errors: list[CrmError] = []

    def work() -> None:
        with opened(sqlite_url) as shop:
            shop.imports.watch(
                inbox, mapping=said, every=0.05, stop=done.is_set, on_result=results.append,
                on_error=lambda _path, error: errors.append(error),
            )  # fmt: skip

    thread = threading.Thread(target=work)
    thread.start()
    table(tmp_path, [order("A1")], "a.csv").rename(inbox / "a.csv")
    wait(lambda: len(results) == 1)
    table(tmp_path, [order("A2")], "b.csv").rename(inbox / "b.csv")
    wait(lambda: len(results) == 2)
    done.set()
    thread.join(60)
    assert not thread.is_alive()
    assert errors == []


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)
