"""What a pack's documents must look like: each fault is told with its file and line, all at once."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from crmcore.errors import UsageError
from crmcore.packs.faults import PackError
from crmcore.packs.inputs import answers
from crmcore.packs.limits import MOST_FAULTS
from crmcore.packs.manifest import newer
from crmcore.packs.pack import load_pack
from crmcore.shop import Shop
from tests.packs.conftest import BIG, MANIFEST, Write


def faults(folder: Path) -> list[str]:
    with pytest.raises(PackError) as error:
        load_pack(folder)
    return [str(fault) for fault in error.value.faults]


def test_everything_that_is_wrong_is_told_at_once(write: Write) -> None:
    folder = write(
        segments="one:\n  title: {zh: 一, en: One}\n  where:\n    all:\n      - orders: {gte: 1}\n      - city: {near: x}\n"
        "two:\n  titel: x\n  where: {orders: {eq: 1}}\n",
        tags="vip:\n  title: {zh: 贵宾}\n  colour: red\n",
    )
    assert faults(folder) == [
        "segments.yaml:6: 'near' is no operator: did you mean 'ne'?",
        "segments.yaml:8: a rule has no key 'titel': did you mean 'title'?",
        "tags.yaml:3: there is no key 'colour' here: it has description, group, title",
        "tags.yaml:2: the en text is missing",
    ]


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ("name: Tea", "pack.yaml:1: 'Tea' is no name"),
        ("version: 1.0", "pack.yaml:2: 1.0 is no version"),
        ("version: '1.0'", "pack.yaml:2: '1.0' is no version"),
        ("version: 1.0.0-!", "is no version"),
        ("version: 1.0.0-01", "is no version"),
        ("version: 1.0.0+", "is no version"),
        ("authors: []", "the list has 1 to 50 parts"),
        ("authors: Ann", "a list belongs here, not 'Ann'"),
        ("core: abc", "pack.yaml:5: 'abc' names no versions"),
        ("core: '>=" + "9" * 5000 + "'", "pack.yaml:5: '>=999"),
        ("plugins: [x]", "pack.yaml:5: a mapping belongs here"),
        ("titles: x", "there is no key 'titles' here: did you mean 'title'?"),
        ("format: 2", "2 is more than 1"),
        ("inputs: {x: {title: {zh: 甲, en: A}}}", "the key default is missing"),
        ("inputs: {x: {title: {zh: 甲, en: A}, default: {a: 1}}}", "a default is a text, a number"),
        ("inputs: {x: {title: {zh: 甲, en: A}, default: 1, choices: [2]}}", "none of the choices"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(write: Write, manifest: str, reason: str) -> None:
    key = manifest.partition(":")[0]
    lines = [manifest if line.startswith(f"{key}:") else line for line in MANIFEST.splitlines()]
    text = "\n".join(lines if manifest in lines else [*lines, manifest])
    assert reason in "\n".join(faults(write(pack=text)))


def test_versions_come_after_one_another_as_semantic_versioning_says(write: Write) -> None:
    """The order of https://semver.org, item 11, and what does not matter to it."""
    rising = ("1.0.0-1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11",
              "1.0.0-post1", "1.0.0-rc.1", "1.0.0", "1.0.1-x.7", "1.2.0", "1.10.0")  # fmt: skip
    for one, other in pairwise(rising):
        assert newer(other, one)
        assert not newer(one, other)
    assert not newer("1.0.0+build.5", "1.0.0")
    for version in (*rising, "1.0.0+build.5"):
        assert load_pack(write(pack=MANIFEST.replace("1.0.0", version))).version == version


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("{orders: {gte: 5, lt: 3}}", "the bounds contradict"),
        (
            "{all: [{orders: {gt: 5}}, {all: [{orders: {lte: 5}}]}]}",
            "segments.yaml:3: nobody can fulfil what is asked of orders",
        ),
        ("{orders: {between: [9, 3]}}", "the bounds contradict"),
        ("{all: [{city: {eq: 杭州}}, {city: {eq: 上海}}]}", "the bounds contradict"),
        ("{lines: {any: {all: [{quantity: {gte: 3}}, {quantity: {lt: 2}}]}}}", "the bounds contradict"),
        ("{last_order_at: {gte: 2026-03-01, lt: 2025-01-01}}", "the bounds contradict"),
        ("{last_order_at: {gte: 0026-03-01}}", "0026-03-01 cannot be meant: years go from 1900"),
        ("{last_order_at: {gte: '9026-03-01'}}", "9026-03-01 cannot be meant"),
        ("{last_order_at: {gte: '2026-02-30'}}", "there is no day 2026-02-30"),
        ("{name: {regex: '(a+)+$'}}", "'regex' is no operator"),
        ("{name: {matches: '(a+)+$'}}", "'matches' is no operator"),
        ("[]", "a condition looks like"),
        ("{any: x}", "any takes a list"),
    ],
)
def test_rules_that_nobody_can_mean_are_refused(write: Write, where: str, reason: str) -> None:
    folder = write(segments=f"a:\n  title: {{zh: 甲, en: A}}\n  where: {where}\n")
    assert reason in "\n".join(faults(folder))


def test_bounds_that_leave_somebody_are_fine(write: Write) -> None:
    where = "{any: [{orders: {gt: 5}}, {orders: {lt: 3}}, {all: [{orders: {gte: 2, lte: 2}}, {tags: {has: x}}, {tags: {has: y}}]}]}"
    load_pack(write(segments=f"a:\n  title: {{zh: 甲, en: A}}\n  where: {where}\n"))


def test_segments_that_refer_to_one_another_in_a_circle_are_refused(write: Write) -> None:
    rule = "{name}:\n  title: {{zh: 甲, en: A}}\n  where: {{segment: {other}}}\n"
    text = "".join(rule.format(name=a, other=b) for a, b in (("a", "b"), ("b", "c"), ("c", "b")))
    assert faults(write(segments=text)) == [
        "segments.yaml:4: segments refer to one another in a circle: b → c → b"
    ]


def test_a_chain_as_long_as_a_pack_and_one_that_doubles_at_each_link_come_to_an_end(
    write: Write, shop: Shop
) -> None:
    """The chain is read without recursion; a rule that would have a million parts is refused, not built."""
    link = "s{n}: {{title: {{zh: 甲, en: A}}, where: {where}}}\n"
    end = link.format(n="end", where="{orders: {gte: 1}}")
    chain = "".join(
        link.format(n=n, where=f"{{segment: s{n + 1 if n < 1499 else 'end'}}}") for n in range(1500)
    )
    load_pack(write(segments=chain + end))
    both = "{{any: [{{segment: s{next}}}, {{segment: s{next}}}]}}"
    doubling = "".join(
        link.format(n=n, where=both.format(next=n + 1 if n < 12 else "end")) for n in range(13)
    )
    checked = shop.packs.check(load_pack(write(segments=doubling + end)), tests=False)
    assert "with the segments it refers to it has more than 5000 conditions" in str(checked.misfits[0])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}", "is not allowed"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "is not allowed"),
        ("{{ ''.__class__.__mro__ }}", "getattr is not allowed"),
        ("{% for a in tags %}x{% endfor %}", "for is not allowed"),
        ("{{ 9 ** 99999999 }}", "pow is not allowed"),
        ("{{ 'x' * 999999999 }}", "mul is not allowed"),
        ("{{ cycler() }}", "call is not allowed"),
        ("{% include '/etc/passwd' %}", "include is not allowed"),
        ("{% set x = 1 %}", "is not allowed"),
        ("{{ name", "line 1: "),
        ("{% if name %}", "line 1: "),
        ("", "the text is empty"),
    ],
)  # fmt: skip
def test_a_template_that_runs_for_ever_or_does_too_much_is_refused(
    write: Write, text: str, reason: str
) -> None:
    body = (
        f'hi:\n  title: {{zh: 你好, en: Hi}}\n  purpose: service\n  text:\n    zh: 你好\n    en: "{text}"\n'
    )
    (found,) = faults(write(templates=body))
    assert reason in found
    assert found.startswith("templates.yaml:6: ")


def test_a_template_says_what_it_is_for(write: Write) -> None:
    found = faults(
        write(templates="hi:\n  title: {zh: 你好, en: Hi}\n  purpose: spam\n  text: {zh: 你好, en: Hi}\n")
    )
    (fault,) = found
    assert "templates.yaml:3: template hi: its purpose is needed" in fault


@pytest.mark.parametrize(
    ("family", "body", "reason"),
    [
        ("calendars", "c: {title: {zh: 历, en: C}, day: 02-30}", "'02-30' names no day"),
        ("calendars", "c: {title: {zh: 历, en: C}, day: 1626-01-01}", "cannot be meant"),
        ("calendars", "c: {title: {zh: 历, en: C}, day: 11-11, before: 999}", "is a number of days from 0 to 200"),
        ("calendars", "c: {title: {zh: 历}, day: 11-11}", "the en text is missing"),
        ("calendars", "c: {title: {zh: 历, en: C}, day: 11-11, days: 3}", "has no key 'days'"),
        ("bands", "b: {title: {zh: 档, en: B}, field: total_spent, edges: [100, 50]}", "the edges contradict each other"),
        ("benchmarks", "b: {title: {zh: 标, en: B}, unit: share, low: 2, high: 1}", "the bounds contradict each other"),
        ("regions", "city_tiers: {tiers: {'1': [上海市], '2': [上海]}}", "上海 stands in tier 1 and in tier 2"),
        ("settings", "email: {password: x}", "looks like a secret"),
        ("settings", "sms: {access_key_id: x}", "looks like a secret"),
        ("campaigns", "c: {title: {zh: 活动, en: C}, body: {segment: x, state: running}}", "state would set it going"),
        ("campaigns", "c: {title: {zh: 活动, en: C}, body: {segmnt: x}}", "no key 'segmnt': did you mean 'segment'"),
        ("campaigns", "c: {title: {zh: 活动, en: C}, body: {control: 7}}", "control"),
        ("campaigns", "c: {title: {zh: 活动, en: C}, body: {where: {orders: {near: 3}}}}", "'near' is no operator"),
        ("campaigns", "c: {title: {zh: 活动, en: C}, body: {messages: {'*': {templte: x}}}}", "messages.*: there is no key 'templte' here: did you mean 'template'?"),
        ("campaigns", "c: {title: {zh: 活动, en: C}, body: {follow_ups: [{after: 3, unles: []}]}}", "follow_ups[0]: there is no key 'unles' here: did you mean 'unless'?"),
        ("mappings", "m: {platform: x, record: order, columns: {order_no: A}}", "order_no"),
        ("mappings", "m: {platform: x, columns: {order_ref: A}}", "the key 'record' is missing"),
        ("articles", "a: {title: {zh: 文, en: A}, text: just text}", "both languages: {zh: …"),
        ("presets", "p: {title: {zh: 表, en: P}, report: 7}", "7 is no name"),
        ("dashboards", "d: {title: {zh: 板, en: D}, tiles: [{report: payment, colum: x}]}", "no key 'colum' here: did you mean 'column'"),
        ("dashboards", "d: {title: {zh: 板, en: D}, tiles: [{reprot: payment}]}", "no key 'reprot' here: did you mean 'report'"),
        ("tags", "'Not a slug': {title: {zh: 签, en: T}}", "is no name"),
        ("tags", "[a, b]", "is a mapping of names"),
        ("tests", "- {given: [{name: ann}], expect: {big: [bob]}}", "nobody named 'bob' is given"),
        ("tests", "- {given: [{name: ann}, {name: ann}], expect: {}}", "two people have the same name"),
        ("tests", "- {expect: {}}", "the key given is missing"),
        ("tests", "- {given: [{name: ann, orders: [{total: -5}]}], expect: {}}", "-5 is less than 0"),
    ],
)  # fmt: skip
def test_other_documents_are_checked_too(write: Write, family: str, body: str, reason: str) -> None:
    found = faults(write(**{family: body}))
    assert reason in "\n".join(found)
    assert all(one.startswith(f"{family}.yaml:1: ") for one in found)


# --- what a pack asks -------------------------------------------------------------------------------------

_ASKS = (
    MANIFEST
    + "inputs:\n  days: {title: {zh: 天数, en: Days}, default: 90}\n  kinds: {title: {zh: 类目, en: Kinds}, default: [茶, 咖啡]}\n"
)
_USES = "quiet:\n  title: {zh: '${days} 天没来', en: 'Quiet for ${days} days, $${days}'}\n  where: {days_since_last_order: {gte: '${days}'}, categories: {any: '${kinds}'}}\n"


def test_answers_are_put_in_with_their_type(write: Write) -> None:
    pack = load_pack(write(pack=_ASKS, segments=_USES))
    given = answers(pack.manifest.inputs, {"days": "30", "kinds": "茶，水"}, {"days": 60})
    body = pack.documents(given)["segments"]["quiet"]
    assert body["title"] == {"zh": "30 天没来", "en": "Quiet for 30 days, ${days}"}
    assert body["where"] == {
        "all": [{"days_since_last_order": {"gte": 30}}, {"categories": {"any": ["茶", "水"]}}]
    }
    assert answers(pack.manifest.inputs, {}, {"days": 60, "kinds": "no list"}) == {
        "days": 60,
        "kinds": ["茶", "咖啡"],
    }


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"dayz": "1"}, "does not ask for 'dayz': did you mean 'days'?"),
        ({"days": "many"}, "'many' is not of the kind of 90"),
        ({"days": "1.5"}, "is not of the kind of 90"),
        ({"days": "true"}, "is not of the kind of 90"),
    ],
)
def test_answers_of_another_kind_are_refused(write: Write, typed: dict[str, str], reason: str) -> None:
    pack = load_pack(write(pack=_ASKS, segments=_USES))
    with pytest.raises(UsageError, match=reason):
        answers(pack.manifest.inputs, typed, {})


@pytest.mark.parametrize(
    ("default", "text"),
    [("a" * 900_000, "${x}" * 50_000), ("[" + "a, " * 20_000 + "a]", "x${x}" * 9_000)],
)
def test_an_answer_does_not_make_a_small_pack_a_huge_one(write: Write, default: str, text: str) -> None:
    asked = MANIFEST + f"inputs:\n  x: {{title: {{zh: 甲, en: A}}, default: {default}}}\n"
    folder = write(pack=asked, articles=f"a: {{title: {{zh: 甲, en: A}}, text: {{zh: 甲, en: '{text}'}}}}\n")
    assert faults(folder) == [
        "articles.yaml:1: with the answers put in it holds more than 1,000,000 characters of them"
    ]


def test_lists_that_answers_put_in_are_counted_too(write: Write) -> None:
    asked = MANIFEST + f"inputs:\n  x: {{title: {{zh: 甲, en: A}}, default: [{'a, ' * 9_000}a]}}\n"
    many = "p: {title: {zh: 甲, en: A}, report: rfm, set: {a: [" + "'${x}', " * 200 + "]}}\n"
    assert "more than 1,000,000 characters" in faults(write(pack=asked, presets=many))[0]


def test_a_pack_that_is_wrong_from_end_to_end_is_not_read_to_its_end(write: Write) -> None:
    wrong = "".join(f"{{a{n}: {{gt: 5, lt: 3}}}}," for n in range(3_000))
    folder = write(segments=f"s: {{title: {{zh: 甲, en: A}}, where: {{all: [{wrong}]}}}}\n")
    assert len(faults(folder)) == MOST_FAULTS


def test_a_reference_to_no_question_is_a_fault(write: Write) -> None:
    (found,) = faults(write(segments=BIG.replace("gte: 5", "gte: '${dayz}'")))
    assert found == "segments.yaml:3: the pack asks for no 'dayz'" or "dayz" in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% for a in range(10**9) %}x{% endfor %}", "call is not allowed"),
        ("{% for a in called %}x{% endfor %}", "for is not allowed in a pack's message"),
        ("{{ 'a' * 1000000000 }}", "mul is not allowed in a pack's message"),
        ("{{ called.__class__ }}", "getattr is not allowed in a pack's message"),
        ("{{ called['__class__'] }}", "getitem is not allowed in a pack's message"),
        ("{{ called|attr('__class__') }}", "there is no filter 'attr'"),
        ("{{ called" + "|upper" * 1500 + " }}", "it is nested too deeply"),
        ("{% if " + " and ".join(["called"] * 1500) + " %}x{% endif %}", "it is nested too deeply"),
        ("{% if called %}" * 60 + "x" + "{% endif %}" * 60, "it is nested too deeply"),
    ],
)
def test_what_could_keep_a_computer_busy_is_refused_in_templates_plans_and_follow_ups(
    write: Write, text: str, said: str
) -> None:
    titled = "  title: {zh: 甲, en: A}\n"
    folder = write(
        templates=f"t:\n{titled}  purpose: service\n  text:\n    zh: 好\n    en: |\n      {text}\n",
        campaigns=f"c:\n{titled}  body:\n    messages:\n      '*':\n        text: |\n          {text}\n"
        f"    follow_ups:\n      - days: 3\n        messages:\n          sms:\n            html: |\n              {text}\n",
    )
    found = [fault for fault in faults(folder) if said in fault]
    assert [fault.split(": ")[0] for fault in found] == [
        "templates.yaml:6",
        "campaigns.yaml:6",
        "campaigns.yaml:12",
    ]
