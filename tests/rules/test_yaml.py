"""Rules in YAML: the contract's own example, everything round and back, and refusals of strangers' files."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings

from crmcore.errors import RuleError
from crmcore.rules.fields import FieldType
from crmcore.rules.tree import All, AnyOf, Compare, Events, Node, Not, Op, Param, TopShare
from crmcore.rules.where import param, segment, where
from crmcore.rules.yaml import LONGEST, RuleDocument, dump_rule, load_rule, to_yaml
from crmcore.rules.yaml_tree import dump_tree, load_tree
from tests.examples import examples
from tests.rules import strategies

EXAMPLE = """
name: lapsed_big
title: {zh: 沉睡大客, en: Lapsed big spenders}
params: {from: 90, to: 180}
where:
  all:                                        # all | any | none
    - days_since_last_order: {gte: $from, lt: $to}
    - total_spent: {gte: 1000}
    - any: [{province: {in: [浙江, 江苏]}}, {tags: {has: VIP}}]
    - none: [{segment: complaint_open}]
"""


def test_the_example_of_the_contract() -> None:
    document = load_rule(EXAMPLE)
    days = where("days_since_last_order")
    assert document.tree == All(
        (
            ((days >= param("from")) & (days < param("to"))).tree,
            (where("total_spent") >= 1000).tree,
            (where("province").one_of(["浙江", "江苏"]) | where("tags").has("VIP")).tree,
            Not(AnyOf((segment("complaint_open").tree,))),
        )
    )
    assert (document.name, document.zh, document.en) == ("lapsed_big", "沉睡大客", "Lapsed big spenders")
    assert document.params == {"from": 90, "to": 180}
    assert load_rule(to_yaml(document)) == document


def test_events_lists_days_and_dollars() -> None:
    tree = load_tree(
        {
            "lines": {"any": {"all": [{"category": {"eq": "连衣裙"}}, {"at": {"gte": date(2024, 11, 1)}}]}},
            "tags": {"any": ["VIP", "$$5"], "exists": True},
            "orders": {"between": ["$low", 9]},
        }
    )
    assert tree == All(
        (
            Events(
                "lines", All((Compare("category", Op.EQ, "连衣裙"), Compare("at", Op.GTE, date(2024, 11, 1))))
            ),
            Compare("tags", Op.ANY, ("VIP", "$5")),
            Compare("tags", Op.EXISTS, True),
            Compare("orders", Op.BETWEEN, (Param("low"), 9)),
        )
    )
    assert load_tree({"lines": {"any": {"category": {"eq": "连衣裙"}}}}) == Events(
        "lines", Compare("category", Op.EQ, "连衣裙")
    )


def _without_python(node: Node) -> bool:
    try:
        dump_tree(node)
    except RuleError:
        return False
    return True


@settings(max_examples=examples(25), deadline=None)
@given(strategies.rules)
def test_what_is_dumped_means_the_same_when_loaded(rule: Node) -> None:
    if not _without_python(rule):
        return
    body = json.loads(json.dumps(dump_rule(RuleDocument("x", rule)), allow_nan=False))
    once = load_rule(body)
    assert dump_rule(once) == body  # a fixed point: nothing is lost on the way
    assert load_rule(to_yaml(once)) == once


def test_top_shares_and_texts_survive() -> None:
    document = RuleDocument(
        "top",
        (where("total_spent") >= param("top")).tree,
        "大客",
        "Top",
        {"en": "who brings it in"},
        {"top": TopShare("total_spent", 0.8), "names": ("a", "$b")},
    )
    assert load_rule(to_yaml(document)) == document


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- a", "a rule is a mapping"),
        ("name: x", "the key where is missing"),
        ("name: x\nwehre: {}", "no key 'wehre': did you mean 'where'"),
        ("name: Big Ones\nwhere: {orders: {eq: 1}}", "'Big Ones' cannot be a name here"),
        ("where: {orders: {eq: 1}}", "None cannot be a name here"),
        ("name: x\nwhere: [{orders: {eq: 1}}]", "a condition looks like"),
        ("name: x\nwhere: {}", "a condition looks like"),
        ("name: x\nwhere: {orders: 3}", "orders needs an operator: orders: {eq: 3}"),
        ("name: x\nwhere: {orders: {gtee: 3}}", "'gtee' is no operator: did you mean 'gte'"),
        ("name: x\nwhere: {orders: {gte: }}", "gte of orders needs a value"),
        ("name: x\nwhere: {orders: {gte: {a: 1}}}", "gte of orders needs a value"),
        ("name: x\nwhere: {all: {orders: {gte: 1}}}", "all takes a list of conditions"),
        ("name: x\nwhere: {1: {gte: 1}}", "1 is no name of a fact"),
        ("name: x\nwhere: {segment: [a]}", "cannot be a name here"),
        ("name: x\ntitle: {fr: a}\nwhere: {orders: {eq: 1}}", "title is a text or"),
        ("name: x\nparams: [1]\nwhere: {orders: {eq: 1}}", "params is a mapping"),
        ("name: x\nparams: {a: {b: 1}}\nwhere: {orders: {eq: 1}}", "top_share"),
        ("name: x\nname: y\nwhere: {orders: {eq: 1}}", "the key name stands twice"),
        ("name: x\nwhere: {orders: {gte: 1}, orders: {lt: 3}}", "the key orders stands twice"),
        ("a: &a [1]\nb: *a", "aliases"),
        ("name: !!python/object/apply:os.system [ls]", "not YAML"),
        ("name: x\nwhere: {at: {eq: 2024-13-45}}", "line 2, column 18: there is no day 2024-13-45"),
        (
            "name: x\nwhere: {orders: {gte: 0x" + "f" * 5000 + "}}",
            "line 2, column 23: 0xffff*… is no number there is",
        ),
        ("name: x\nwhere: {orders: {gte: " + ":".join(["1"] * 9_000) + "}}", "line 2, column 23: 1:1:1"),
        ("where: {", "not YAML"),
        ("where: " + "[" * 5000, "nested too deep|not YAML"),
        ("name: x\nwhere: \x07", r"line 2: a character stands here that no text has \(U\+0007\)"),
        ("#" * (LONGEST + 1), "longer than"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        load_rule(text)


def test_python_cannot_be_written_in_yaml() -> None:
    for rule in (where("city").matches("杭.*"), ~where("orders").test(bool)):
        with pytest.raises(RuleError, match="is Python, which YAML and packs cannot carry"):
            dump_tree(rule.tree)


def test_strategies_reach_every_kind_of_field() -> None:
    # The agreement of the evaluators is only as good as what is tried.
    assert set(strategies.WRITTEN) == set(FieldType) - {FieldType.EVENTS, FieldType.OCCASION}


def test_a_list_of_conditions_under_any_is_about_one_event() -> None:
    listed = load_tree({"lines": {"any": [{"category": {"eq": "连衣裙"}}, {"quantity": {"gte": 2}}]}})
    both = All((Compare("category", Op.EQ, "连衣裙"), Compare("quantity", Op.GTE, 2)))
    assert listed == Events("lines", both)
    assert load_tree(dump_tree(listed)) == listed
    with pytest.raises(RuleError, match="a condition looks like"):
        load_tree({"lines": {"any": [{"quantity": {"gte": 2}}, "连衣裙"]}})
