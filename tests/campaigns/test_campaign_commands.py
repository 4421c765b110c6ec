"""The commands, from a segment to what it earned; each refusal says what to do next."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crmcore.records.clock import Clock
from crmcore.shop import Shop
from tests.campaigns.conftest import World
from tests.cli.conftest import Crm, Outcome, crm  # noqa: F401 - a fixture
from tests.conftest import NOW


@pytest.fixture
def run(
    shop_template: Path,
    tmp_path: Path,
    crm: Crm,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Outcome]:
    """`crm` in a shop with three customers who agreed and one who did not, at ten in the morning."""
    folder = tmp_path / "campaigns"
    shutil.copytree(shop_template, folder)
    monkeypatch.setattr(Shop, "clock", lambda _self, as_of=None: Clock("Asia/Shanghai", NOW).on(as_of))
    with Shop.open(folder, actor="test") as shop:
        world = World(shop, tmp_path)
        for name in ("Han", "Li", "Wang"):
            world.person(name)
        world.person("never", yes="")
    return lambda *words: crm("--shop", str(folder), "--lang", "en", *words)


def test_from_a_draft_to_what_it_earned(run: Callable[..., Outcome], tmp_path: Path) -> None:
    made = run("campaign", "new", "may", "--segment", "lapsed_90", "--channel", "pigeon", "--text", "#客户昵称# hi",
               "--control", "0", "--goal", "buyers=2", "--json")  # fmt: skip
    assert (made.code, made.json["state"]) == (0, "draft")
    assert run("campaign", "edit", "may", "--title", "May").code == 0
    assert "title: May" in run("campaign", "show", "may").out
    plan = run("campaign", "plan", "may", "--people", "--json").json
    assert (plan["audience"], plan["chosen"]) == (4, 3)
    assert [one["reason"] for one in plan["people"]] == ["none", "none", "none", "unasked"]
    assert "crm consent basis" in run("campaign", "plan", "may").err
    why = run("campaign", "plan", "may", "--customer", "4", "--json").json
    assert (why["gets_it"], why["channels"]) == (False, {"pigeon": "unasked"})
    assert run("consent", "basis", "buyers, notice of 2020-01-01").code == 0
    compared = run("campaign", "plan", "may", "--compare", str(plan["plan"]), "--json").json
    assert [(one["was"], one["count"]) for one in compared["changed"]] == [
        ("never agreed, and no basis is stated", 1)
    ]
    shown = run("campaign", "preview", "may", "--limit", "1", "--json").json
    assert (shown["messages"][0]["text"], shown["messages"][0]["to"]) == ("Han hi", "p1@x.cn")
    assert run("campaign", "test", "may", "--to", "me@shop.cn", "--json").json["state"] == "accepted"
    refused = run("campaign", "test", "may", "--to", "p1@x.cn")
    assert refused.code == 2
    assert "a test goes to staff" in refused.err
    sent = run("campaign", "send", "may", "--json")
    assert (sent.code, sent.json["sent"], sent.json["state"]) == (0, 4, "done")
    assert run("campaign", "status", "may", "--json").json["states"] == {"sent": 4}
    used = tmp_path / "report.csv"
    used.write_text("address,what\np1@x.cn,退订\np9@x.cn,送达\n", "utf-8")
    came = run("campaign", "outcomes", str(used), "--campaign", "may", "--json")
    assert (came.code, came.json["new"], came.json["rejected"]) == (3, {"unsubscribed": 1}, 1)
    assert run("campaign", "cost", "may", "12.5", "flyers").code == 0
    report = run("campaign", "report", "may", "--json").json
    assert (report["cost"]["other"], report["unsubscribed"], report["goal"]) == (1250, 1, "buyers")
    assert "no control group" in run("campaign", "report", "may").out
    assert "may" in run("campaign", "list").out


def test_a_time_and_cron(run: Callable[..., Outcome]) -> None:
    run(
        "campaign",
        "new",
        "may",
        "--segment",
        "lapsed_90",
        "--channel",
        "pigeon",
        "--text",
        "hi",
        "--control",
        "0",
    )
    assert run("campaign", "send", "may", "--at", "2026-03-05 08:00").code == 2
    scheduled = run("campaign", "send", "may", "--at", "2026-03-06 10:00", "--json").json
    assert scheduled["state"] == "scheduled"
    assert run("due", "--json").json["campaigns"] == []
    assert run("due", "--run").out.strip() == "No campaign is due."


def test_the_suppression_list(run: Callable[..., Outcome], tmp_path: Path) -> None:
    assert run("suppress", "add", "p1@x.cn", "--customer", "2", "--reason", "asked", "--json").json == {
        "added": 2
    }
    file = tmp_path / "list.csv"
    file.write_bytes("手机号\n13800000003\n不是号码\n13800000003\n".encode("gb18030"))
    read = run("suppress", "import", str(file), "--json")
    assert (read.code, read.json["added"], read.json["rejected"]) == (3, 1, 1)
    assert run("suppress", "list", "--json").json["count"] == 3
    run("campaign", "new", "may", "--segment", "lapsed_90", "--channel", "pigeon", "--channel", "text_message",
        "--text", "hi", "--control", "0")  # fmt: skip
    assert run("campaign", "plan", "may", "--json").json["channels"] == {"pigeon": 1, "text_message": 1}
    assert run("suppress", "remove", "1").code == 0
    assert run("suppress", "remove", "99").code == 1
    assert run("suppress", "add", "138****0000").code == 2


def test_a_plan_says_what_the_draft_still_lacks(run: Callable[..., Outcome]) -> None:
    run("campaign", "new", "fest", "--segment", "lapsed_90", "--text", "hi", "--ahead", "pigeon=3")
    said = run("campaign", "plan", "fest").err
    assert "edit fest --channel" in said
    assert "edit fest --node" in said


def test_the_rules_show_what_nobody_changed_too(run: Callable[..., Outcome]) -> None:
    usual = run("campaign", "rules", "--json").json
    assert run("campaign", "rules", "--set", "cap=3", "--json").json == {**usual, "cap": 3}
    shown = run("campaign", "rules").out
    assert "refund_days = 14" in shown
    assert "quiet = on" in shown


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("plan", "nothing"), 1, "there is no campaign"),
        (("new", "x", "--kind", "birtday"), 1, "birthday"),
        (("new", "x", "--channel", "a", "--channel", "a"), 2, "named twice"),
        (("new", "Big Sale!"), 2, "Big Sale!"),
        (("rules", "--set", "cap=lots"), 2, "cap: 'lots' does not fit: a whole number >= 0 <= 100"),
        (("rules", "--set", "cap_window=week"), 2, "cap_window: write so many days, such as 30d"),
        (("new", "x", "--channel", "pigoen"), 1, "did you mean 'pigeon'"),
        (("rules", "--set", "quiet_from="), 2, "write it as 21:00"),
        (("edit", "x"), 2, "say what to change"),
        (("outcomes",), 2, "name a file"),
    ],
)
def test_refusals_say_what_is_wrong(
    run: Callable[..., Outcome], words: tuple[str, ...], code: int, said: str
) -> None:
    outcome = run("campaign", *words)
    assert (outcome.code, said in outcome.err) == (code, True), outcome.err


def test_every_ready_plan_can_be_planned(run: Callable[..., Outcome]) -> None:
    kinds = run("campaign", "kinds", "--json").json["kinds"]
    assert {"one_off", "festival", "platform_event", "unpaid", "unpaid_big", "birthday", "anniversary",
            "replenishment", "win_back_30", "win_back_90", "win_back_180", "second_purchase", "big_customers",
            "referral", "group_buy", "care_after_complaint"} <= {one["name"] for one in kinds}  # fmt: skip
    for kind in kinds:
        words = ["campaign", "new", f"c_{kind['name']}", "--kind", kind["name"], "--channel", "pigeon"]
        if "segment" in kind["ask"]:
            words += ["--segment", "lapsed_90", "--text", "hi"]
        if "node" in kind["ask"]:
            words += ["--node", "double_11"]
        assert run(*words).code == 0, kind
        assert run("campaign", "plan", f"c_{kind['name']}").code == 0, kind
        assert kind["about"]["zh"]
        assert kind["about"]["en"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[" * 5000, "cannot be read|not YAML"),
        (b"node: 2024-13-45", "there is no day 2024-13-45"),
        (b"a: &x 1\nb: *x", "aliases"),
        (b"title: \xff", "not UTF-8"),
        (b"x" * 1_100_000, "too big"),
        (b"- a list", "holds no campaign"),
    ],
)
def test_a_file_that_is_no_campaign_is_refused(
    run: Callable[..., Outcome], tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_bytes(content)
    refused = run("campaign", "new", "may", "--file", str(file))
    assert refused.code in (1, 2)
    assert re.search(reason, refused.err)
    assert "plan.yaml" in refused.err


@pytest.mark.parametrize("number", ["9" * 30, "²", "0", "-1"])
def test_a_customer_that_nobody_is_is_set_aside(
    run: Callable[..., Outcome], tmp_path: Path, number: str
) -> None:
    file = tmp_path / "report.csv"
    file.write_text(f"customer,what\n{number},delivered\n", "utf-8")
    told = run("campaign", "outcomes", str(file), "--json")
    assert (told.code, told.json["read"], told.json["rejected"]) == (3, 1, 1)


def test_a_campaign_that_reaches_nobody_is_not_begun(run: Callable[..., Outcome]) -> None:
    run(
        "campaign",
        "new",
        "may",
        "--segment",
        "lapsed_365",
        "--channel",
        "pigeon",
        "--text",
        "hi",
        "--control",
        "0",
    )
    refused = run("campaign", "send", "may")
    assert (refused.code, refused.out) == (1, "")
    assert "nobody is to get may" in refused.err
    assert run("campaign", "show", "may", "--json").json["state"] == "draft"
    assert run("campaign", "edit", "may", "--segment", "lapsed_90").code == 0  # it can still be mended


def test_two_messages_by_options_and_what_the_plan_says_of_them(run: Callable[..., Outcome]) -> None:
    made = run("campaign", "new", "may", "--segment", "lapsed_90", "--channel", "text_message", "--channel", "pigeon",
               "--text", "#客户昵称# hi", "--follow-up", "5:pigeon:#客户昵称# again: now", "--control", "0", "--json")  # fmt: skip
    [then] = made.json["body"]["follow_ups"]
    assert (then["after"], then["channels"]) == (5, ["pigeon"])
    assert then["messages"]["*"]["text"] == "#客户昵称# again: now"
    assert run("customer", "edit", "2", "--set", "contact_by=pigeon").code == 0
    assert "wishes to hear by: pigeon" in run("customer", "show", "2").out
    plan = run("campaign", "plan", "may", "--people", "--reason", "none", "--json").json
    assert (plan["channels"], plan["wished"]) == ({"text_message": 2, "pigeon": 1}, 1)
    assert [one["wish"] for one in plan["people"]] == [None, "none", None]
    assert "gets it by the channel she wishes" in run("campaign", "plan", "may").out
    assert "holds follow-up 1 back" in run("campaign", "plan", "may").err
    assert run("campaign", "rules", "--set", "cap=2").code == 0
    assert "holds follow-up" not in run("campaign", "plan", "may").err
    shown = run("campaign", "preview", "may", "--follow-up", "1", "--limit", "1", "--json").json
    assert shown["messages"][0]["text"] == "Han again: now"
    assert run("campaign", "send", "may", "--json").json["sent"] == 3
    status = run("campaign", "status", "may", "--json").json
    assert [(one["follow_up"], one["done"]) for one in status["messages"]] == [(0, 3), (1, 0)]
    assert status["next_at"] == NOW + 5 * 86_400
    assert "the next follow-up goes out at" in run("campaign", "status", "may").err
    assert "follow-up 1: 0 orders" in run("campaign", "report", "may").out
    wrong = run("campaign", "new", "june", "--follow-up", "soon")
    assert (wrong.code, "write DAYS:CHANNEL:TEXT" in wrong.err) == (2, True)


def test_as_of_an_earlier_day(run: Callable[..., Outcome]) -> None:
    run(
        "campaign",
        "new",
        "may",
        "--segment",
        "lapsed_90",
        "--channel",
        "pigeon",
        "--text",
        "#客户昵称# hi",
        "--control",
        "0",
    )
    assert run("campaign", "plan", "may", "--json").json["audience"] == 4
    # Ninety days ago they had just bought, and nobody had agreed to anything.
    then = run("campaign", "plan", "may", "--as-of", "2025-12-10", "--json")
    assert (then.code, then.json["audience"]) == (0, 0)
    agreed = run("campaign", "edit", "may", "--segment", "once")
    assert agreed.code == 0
    before = run("campaign", "plan", "may", "--as-of", "2026-03-03", "--json").json
    assert [(one["reason"], one["count"]) for one in before["not"]] == [("unasked", 4)]
    refused = run("campaign", "plan", "may", "--as-of", "2026-03-03", "--save")
    assert (refused.code, "is not kept" in refused.err) == (2, True)
    assert run("campaign", "send", "may", "--json").json["sent"] == 3
    assert run("campaign", "status", "may", "--as-of", "2026-03-04", "--json").json["done"] == 0
    assert run("campaign", "report", "may", "--as-of", "2026-03-04", "--json").json["cost"]["messages"] == 0
    assert run("campaign", "preview", "may", "--as-of", "yesterday", "--json").code == 0
