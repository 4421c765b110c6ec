"""The card's lines as a function of a brief and a width: nothing is wider, nothing steers the terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crmcore.desk.advice import Box, Line, core_advice
from crmcore.desk.brief import Brief, brief
from crmcore.desk.card_look import Beside, beside
from crmcore.desk.card_same import Same
from crmcore.desk.lookup import Lookup, Match
from crmcore.i18n import speaking
from crmcore.people import Changes, People
from crmcore.shop import Shop
from crmcore.tui.widgets.card_beside import detail_lines, event_lines
from crmcore.tui.widgets.card_lines import Card, card_lines, fitting_lines
from tests.store import dossier

NASTY = "\x1b[31m红\x07色 [bold]x[/bold] \u202eabc\u202c 👩‍👩‍👧 " + "很长" * 60


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, sqlite_template: object) -> Iterator[tuple[Brief, Beside]]:
    import shutil

    path = tmp_path_factory.mktemp("lines") / "shop.db"
    shutil.copyfile(str(sqlite_template), path)
    with Shop.open(f"sqlite:///{path}", actor="clerk") as shop, speaking("en"):
        people, now = People(shop), shop.clock().now
        profile = {"name": NASTY, "nickname": NASTY, "city": NASTY[:200], "note": NASTY, "birthday": "05-17"}
        her, _maybe = people.add(Changes(profile, phones=["13800001207"], tags=["VIP", "敏感肌" * 10]))
        with shop.write("test") as write:
            for number in range(8):
                made = dossier.order(write, her, f"{number}" * 30, placed_at=now, net_total=10**14)
                dossier.line(write, made, NASTY)
        for kind in ("complaint", "promise", "call", "inquiry", "chat", "note"):
            state = "planned" if kind == "call" else None
            people.log(her, kind, NASTY, owner=NASTY, channel=NASTY, state=state)
        card = brief(shop, her)
        yield card, beside(shop, card)


def drawn(seen: tuple[Brief, Beside]) -> Card:
    said = (*core_advice(seen[0]), Line(NASTY, NASTY, "plugin"))
    return Card(seen[0], said, (Same(NASTY, 2),), (NASTY,))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_is_wider_than_asked_and_none_steers_the_terminal(
    seen: tuple[Brief, Beside], language: str
) -> None:
    card, more = seen
    with speaking(language):
        for width in (60, 74, 79, 80, 119, 200):
            found = [
                *card_lines(drawn(seen), width, orders=8, talks=3, talk_lines=3),
                *event_lines(more.page.entries, card, width),
                *detail_lines(card, more, [Box(NASTY, (NASTY,), "p"), Box("b", (), "p", NASTY)], width),
            ]
            assert max(line.cell_length for line in found) <= width
            assert all(char.isprintable() for line in found for char in line.plain if char not in "\u200d")
            assert not any("\u202e" in line.plain for line in found)


def test_the_card_gives_up_orders_and_talks_where_there_is_little_room(seen: tuple[Brief, Beside]) -> None:
    roomy, small = (fitting_lines(drawn(seen), 79, height) for height in (60, 20))
    assert len(roomy) > len(small)
    assert small[-1].plain.startswith("promotion: ")  # what matters is never left out
    assert len([line for line in small if "! " in line.plain[:2] or "· " in line.plain[:2]]) >= 4


def test_a_line_of_somebody_found_says_by_what() -> None:
    match = Match(7, "王芳", "小芳", "杭州", 3, None, "name", certain=True, shown="小芳")
    found = Lookup(
        "小芳", (match,), (Match(8, None, None, "", 0, None, "phone", certain=False, shown="1*7"),)
    )
    assert [one.called for one in found.matches] == ["小芳", "#8"]
    with speaking("en"):
        assert [one.why for one in found.matches] == ["nickname", "phone 1*7"]
    assert found.only is match


def test_figures_and_times_are_whole_or_not_there(sqlite_url: str) -> None:
    with Shop.open(sqlite_url, actor="clerk") as shop, speaking("en"):
        people, now = People(shop), shop.clock().now
        her, _maybe = people.add(Changes({"name": "林晓葵"}))
        with shop.write("test") as write:
            for number in range(2):
                dossier.order(
                    write,
                    her,
                    str(number),
                    placed_at=now,
                    paid_at=now,
                    net_total=177_100,
                    refunded_total=10_900,
                )
            write.touch([her])
        people.log(her, "promise", "masks", owner="Mei", due_at=now - 86_400)
        seen = brief(shop, her)
        for width, figures, about in (
            (
                90,
                "2 orders  3,542 CNY in all  1,771 CNY each  last today  refunded 218 CNY",
                "Mei, overdue since ",
            ),
            (71, "2 orders  3,542 CNY in all  last today  refunded 218 CNY", "overdue since "),
            (50, "2 orders  3,542 CNY in all  last today", "overdue"),
        ):
            lines = [one.plain.rstrip() for one in card_lines(Card(seen), width)]
            assert figures in lines
            assert about in next(one for one in lines if "owed to her" in one)
            assert not any("…" in one for one in lines if "owed to her" in one)
