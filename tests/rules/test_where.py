"""Rules in Python: TinyDB queries that carry their tree, good for plain TinyDB tables too."""

from __future__ import annotations

import copy
import pickle
import re
from datetime import date

import pytest
from tinydb import Query, TinyDB
from tinydb.storages import MemoryStorage

from crmcore.errors import RuleError
from crmcore.rules.tree import All, AnyOf, Compare, Events, InSegment, Not, Op, Param
from crmcore.rules.where import Rule, param, segment, where

PEOPLE = [
    {
        "name": "Li",
        "orders": 3,
        "tags": ["VIP", "新客"],
        "city": {"name": "杭州"},
        "lines": [{"sku": "a", "n": 2}],
    },
    {"name": "Wu", "orders": 1, "tags": [], "lines": []},
    {"name": "No orders known", "orders": None},
]


@pytest.fixture
def table() -> TinyDB:
    db = TinyDB(storage=MemoryStorage)
    db.insert_multiple(PEOPLE)
    return db


def names(table: TinyDB, rule: Rule) -> list[str]:
    return [row["name"].split()[0] for row in table.search(rule)]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (where("orders") >= 3, ["Li"]),
        (where("orders") != 3, ["Wu"]),
        (~(where("orders") == 3), ["Wu", "No"]),
        (where("orders").between(1, 3), ["Wu"]),
        (where("orders").one_of([3, 4]), ["Li"]),
        (where("orders").exists(), ["Li", "Wu"]),
        (~where("orders").exists(), ["No"]),
        (where("tags").has("VIP"), ["Li"]),
        (where("tags").any(["x", "新客"]), ["Li"]),
        (where("tags").all(["VIP", "新客"]), ["Li"]),
        (where("tags").all([]), ["Li", "Wu"]),
        (where("lines").any(where("sku") == "a"), ["Li"]),
        (where("city").name == "杭州", ["Li"]),
        (where("city.name") == "杭州", ["Li"]),
        (where("name").matches("L"), ["Li"]),
        (where("name").search("orders"), ["No"]),
        (where("orders").test(lambda n: n % 2 == 1), ["Li", "Wu"]),
        (where("orders").test(lambda n, by: n % by == 0, 3), ["Li"]),
        ((where("orders") == 1) | (where("name") == "Li"), ["Li", "Wu"]),
        (where("name") < 5, []),
        (where("name").fragment({"name": "Wu", "orders": 1}), ["Wu"]),
        (where("name").noop(), ["Li", "Wu", "No"]),
    ],
)
def test_rules_are_queries_of_plain_tables(table: TinyDB, rule: Rule, found: list[str]) -> None:
    assert names(table, rule) == found


def test_a_query_is_never_answered_from_the_cache(table: TinyDB) -> None:
    limit = [3]
    rule = where("orders").test(lambda n: n >= limit[0])
    assert names(table, rule) == ["Li"]
    limit[0] = 1
    assert names(table, rule) == ["Li", "Wu"]
    assert not rule.is_cacheable()


def test_the_tree_says_what_was_written() -> None:
    many, vip = where("orders") >= 3, where("tags").has("VIP")
    assert (many & vip & ~segment("silent")).tree == All(
        (Compare("orders", Op.GTE, 3), Compare("tags", Op.HAS, "VIP"), Not(InSegment("silent")))
    )
    assert (many | vip).tree == AnyOf((many.tree, vip.tree))
    assert (~~many).tree == many.tree
    assert (where("at") < date(2024, 1, 1)).tree.value == date(2024, 1, 1)
    assert (where("orders") == param("n")).tree == Compare("orders", Op.EQ, Param("n"))
    assert where("lines").any(where("sku") == "a").tree == Events("lines", Compare("sku", Op.EQ, "a"))


def test_flags_of_a_regular_expression_count() -> None:
    # TinyDB's own hash forgets them: two different rules would be one.
    assert where("name").matches("li", re.I) != where("name").matches("li")
    assert where("name").matches("li", re.I)({"name": "LI"})


def test_rules_can_be_kept_in_sets_copied_and_pickled() -> None:
    rule = (where("orders") >= 3) & where("tags").any(["a"])
    assert len({rule, copy.deepcopy(rule), pickle.loads(pickle.dumps(rule))}) == 1
    assert hash(where("extra") == {"a": 1}) == hash(where("extra") == {"a": 1})


def test_a_name_alone_is_not_a_rule() -> None:
    with pytest.raises(RuleError, match="lacks a comparison"):
        (where("orders") >= 3) & where("tags")


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (lambda: (where("orders") >= 3) and (where("orders") <= 5), "combine rules with &"),
        (lambda: 3 <= where("orders") <= 5, "combine rules with &"),
        (lambda: (where("orders") >= 3) & (Query().orders >= 3), "not a rule made with crmcore.where"),
        (lambda: where("lines").all(where("sku") == "a"), "the other way round"),
        (lambda: where("name").matches("("), "not a regular expression"),
        (lambda: where("name").map(str.lower), "use where"),
        (lambda: segment("silent")({"orders": 1}), "inside a shop only"),
        (lambda: (where("orders") == param("n"))({"orders": 1}), "parameters"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_with_a_way_out(write, reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        write()
