"""Days at the shop, played in a real terminal, in both languages and on two sizes of screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.people import People
from crmcore.shop import Shop
from tests.importing.shops import mapping, table
from tests.journeys.terminal import Terminal, crm, needs_tmux

pytestmark = needs_tmux
# The person whom the demo's story is about.
HER, HER_NAME = "小葵爱护肤7", "林晓葵"


def looked_up(demo: Path, lang: str, rows: int = 24, columns: int = 80) -> Terminal:
    """Her card, open."""
    terminal = crm(demo, lang=lang, rows=rows, columns=columns)
    terminal.see("[F2")
    terminal.type(HER)
    terminal.see(HER_NAME)
    terminal.press("Enter")
    terminal.see("[c]", "[t]")
    return terminal


def states_of_hers(demo: Path) -> dict[str, str | None]:
    """What was written down about her, as the shop holds it, and how far each has got."""
    with Shop.open(demo) as shop:
        hit = People(shop).find(HER)[0]
        _card, page = People(shop).show(hit.customer_id)
        return {one.text: one.data.get("state") for one in page.entries}


def names_of(demo: Path, text: str) -> list[str | None]:
    """The names that a look-up finds in the shop."""
    with Shop.open(demo) as shop:
        return [one.name for one in People(shop).find(text)]


def down_to(terminal: Terminal, words: str) -> None:
    """Go down from the first row to the one with these words."""
    rows = terminal.see_chosen("").splitlines()
    first = next(place for place, row in enumerate(rows) if row.startswith(">"))
    wanted = next(place for place, row in enumerate(rows) if words in row)
    terminal.press(*["Down"] * (wanted - first))
    terminal.see_chosen(words)


def both(zh: str, en: str) -> pytest.MarkDecorator:
    """The journey in one language with every test run, in the other one under stress."""
    return pytest.mark.parametrize(
        ("lang", "words"), [("zh", zh), pytest.param("en", en, marks=pytest.mark.stress)]
    )


def the_other_way(zh: str, en: str) -> pytest.MarkDecorator:
    """As `both`, English first."""
    return pytest.mark.parametrize(
        ("lang", "words"), [("en", en), pytest.param("zh", zh, marks=pytest.mark.stress)]
    )


@both("老顾客", "returning")
def test_an_old_customer_writes_and_is_known_at_once(demo: Path, lang: str, words: str) -> None:
    with looked_up(demo, lang) as terminal:
        screen = terminal.see(words, "下单补面膜 2 片", "面霜收到时瓶口漏液", "敏感肌")
        # What she is angry about comes first.
        assert screen.index("面霜收到") < screen.index("下单补面膜")


@the_other_way("承诺已兑现", "promise kept")
def test_a_promise_is_kept_and_that_is_taken_back(demo: Path, lang: str, words: str) -> None:
    with looked_up(demo, lang) as terminal:
        terminal.press("d")
        terminal.see(words)
        terminal.see_no_more("[d]")
        terminal.press("C-z")
        terminal.see("[d]")


@both("已记到", "noted")
def test_what_was_said_is_written_down(demo: Path, lang: str, words: str) -> None:
    with looked_up(demo, lang) as terminal:
        terminal.type("想要小样，下次一起发")  # a Chinese character starts a note
        terminal.see("想要小样，下次一起发")
        terminal.press("Enter")
        terminal.see(words)
        terminal.press("o")
        terminal.see("想要小样，下次一起发")
        terminal.press("Escape")
    assert "想要小样，下次一起发" in states_of_hers(demo)


@the_other_way("已约回访", "call-back planned")
def test_a_call_back_is_planned_and_done_from_the_list_of_today(demo: Path, lang: str, words: str) -> None:
    what = "ask about the cream"
    with looked_up(demo, lang) as terminal:
        terminal.go("f")
        terminal.type(what)
        terminal.see(what)
        terminal.go("Enter")
        terminal.type("today 23:59")
        terminal.press("Enter")
        terminal.see(words)
        terminal.press("F3")
        terminal.see("[F3")
        terminal.see_chosen("")
        terminal.press("Right", "Right")
        terminal.see(what)  # the last of the call-backs of today
        terminal.press("End")
        terminal.see_chosen(what)
        terminal.press("d")
        terminal.see_no_more(what)
        terminal.see("^Z")
    assert states_of_hers(demo)[what] == "done"


@both("疑似同一人", "may be the same")
def test_the_masked_twin_is_joined_and_parted_again(demo: Path, lang: str, words: str) -> None:
    with looked_up(demo, lang, rows=45, columns=160) as terminal:
        terminal.see(words, "#465")
        terminal.press("m")
        terminal.see_no_more("[m]")
        terminal.press("C-z")
        terminal.see("[m]")


@the_other_way("客户", "Customers")
def test_the_list_of_customers_is_narrowed_and_one_opened(demo: Path, lang: str, words: str) -> None:
    with crm(demo, lang=lang, columns=160, rows=45) as terminal:
        terminal.see("[F2")
        terminal.press("F4")
        terminal.see(f"[F4 {words}", "684")
        terminal.go("/")
        terminal.type("小葵")
        terminal.see_no_more("何可辰")
        terminal.press("Enter")
        terminal.see("s Sort" if lang == "en" else "s 排序")
        terminal.press("Enter")
        terminal.see(HER_NAME, "[c]")


@both("购买次数", "Orders")
def test_why_somebody_belongs_to_a_segment(demo: Path, lang: str, words: str) -> None:
    with crm(demo, lang=lang) as terminal:
        terminal.see("[F2")
        terminal.press("F6")
        terminal.see("145")
        terminal.press("Down", "Down", "Enter")
        terminal.see("吴语黛")
        terminal.press("w")
        terminal.see(words, "≥ 3")


@the_other_way("已撤销", "undone")
def test_a_file_is_given_a_mapping_imported_and_taken_back(
    demo: Path, tmp_path: Path, lang: str, words: str
) -> None:
    headers = {
        "order_ref": "No",
        "buyer_ref": "Who",
        "name": "Called",
        "placed_at": "Day",
        "order_total": "Sum",
    }
    file = table(
        tmp_path, [dict(zip(headers.values(), ("W1", "w1", "新客甲", "2026-11-01", "99.00"), strict=True))]
    )
    said = mapping(tmp_path, "mine", record="order", columns=headers)
    with crm(demo, lang=lang) as terminal:
        terminal.see("[F2")
        terminal.press("F7")
        terminal.see("[F7", "group_orders.csv")
        terminal.go("i")
        terminal.type(f"'{file}' ")
        terminal.press("Enter")
        terminal.see(file.name, "Called")  # nobody knows it: what its columns are called
        terminal.press("m")
        terminal.see("docs/fields.md")
        terminal.press("C-u")
        terminal.type(str(said))
        terminal.press("Enter")
        terminal.see(said.name, " 1  ")
        terminal.press("Enter")
        terminal.see("F4", "90")  # what it found
        assert names_of(demo, "新客甲") == ["新客甲"]
        terminal.press("u")
        terminal.see("(y)")
        terminal.press("y")
        terminal.see(words)
    assert names_of(demo, "新客甲") == []


@both("二八分析", "Pareto")
def test_a_plugin_is_switched_off_and_on(demo: Path, lang: str, words: str) -> None:
    off, on = ("pareto 现在是关", "pareto 现在是开") if lang == "zh" else ("pareto is off", "pareto is on")
    with crm(demo, lang=lang, columns=120, rows=40) as terminal:
        terminal.see("[F2")
        terminal.press("F9")
        terminal.see_chosen("")
        down_to(terminal, "pareto")
        terminal.press("Space")
        terminal.see(off)
        terminal.press("F8")
        terminal.see("[F8")
        terminal.see_no_more(words)
        terminal.press("F9")
        terminal.see_chosen("pareto")
        terminal.press("Space")
        terminal.see(on)
        terminal.press("F8")
        terminal.see(words)


@the_other_way("二八分析", "Pareto")
def test_a_report_leads_to_the_customers_behind_it(demo: Path, lang: str, words: str) -> None:
    with crm(demo, lang=lang, columns=120, rows=35) as terminal:
        terminal.see("[F2")
        terminal.press("F8")
        terminal.see(words)
        down_to(terminal, words)
        terminal.press("Enter")
        terminal.see("46.")
        terminal.press("Enter")
        terminal.see("53")
