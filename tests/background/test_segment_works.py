"""Segments asked in a process of their own: counts one by one, who belongs, a file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from crmcore.background.process import News, Process, Result
from crmcore.people import Changes, People
from crmcore.shop import Shop
from tests.store import dossier


def test_counts_members_and_a_file_of_a_day_gone_by(shop_folder: Path, tmp_path: Path) -> None:
    with Shop.open(shop_folder, actor="clerk") as shop:
        people, now = People(shop), shop.clock().now
        first, _maybe = people.add(Changes({"name": "甲"}))
        second, _maybe = people.add(Changes({"name": "乙"}))
        with shop.write("test") as write:
            for who, days in ((first, 60), (second, 10)):
                at = now - days * 86_400
                dossier.order(write, who, str(who), placed_at=at, paid_at=at)
            write.touch([first, second])
        shop.documents.table("segments").insert({"name": "broken", "where": {"nothing": {"eq": 1}}})
        day = str(shop.clock().today - timedelta(days=30))

    def ask(work: str, **given: object) -> list[object]:
        process = Process(work, given, shop=str(shop_folder), actor="clerk")
        return [one.value for one in process.events() if isinstance(one, News | Result)]

    counts = ask("segment_counts", names=["once", "broken", "twice"], as_of=day)
    assert counts[0] == ["once", 1, None]
    assert counts[1][:2] == ["broken", None]  # type: ignore[index]
    assert counts[2:] == [["twice", 0, None], None]
    assert ask("segment_ids", name="once", as_of=day) == [[first]]
    file = tmp_path / "once.csv"
    assert ask("segment_export", name="once", file=str(file), as_of=None) == [2]
    assert len(file.read_text("utf-8-sig").splitlines()) == 3
