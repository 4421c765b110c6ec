"""YAML from strangers: plain values with their lines; everything else is refused where it stands."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.packs import parsing
from crmcore.packs.faults import PackError
from crmcore.packs.parsing import parse
from crmcore.rules.strict_yaml import StrictLoader
from tests.examples import examples


def refused(text: str) -> str:
    with pytest.raises(PackError) as error:
        parse(text, "f.yaml")
    return str(error.value)


def test_values_are_those_of_rules_and_every_one_has_its_line() -> None:
    found = parse("a: 1\nb:\n  - x\n  - {c: 2026-11-11, d: [true, null, 1.5]}\n1: '2'\n", "f.yaml")
    assert found.value == {"a": 1, "b": ["x", {"c": date(2026, 11, 11), "d": [True, None, 1.5]}], "1": "2"}
    assert found.lines[("b", 1, "c")] == 4
    assert found.lines[("1",)] == 5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: !!python/object/apply:os.system ['id']", "f.yaml:1: the tag"),
        ("x: 1\na: !!python/name:os.system", "f.yaml:2: the tag"),
        ("a: !evil x", "f.yaml:1: the tag !evil"),
        ("a: !!str 1", "f.yaml:1: the tag"),
        ("a: &x [1]\nb: *x", "f.yaml:1: anchors"),
        ("a: 1\nb: *x", "f.yaml:2: aliases"),
        ("a: 1\nb: 2\na: 3", "f.yaml:3: the key a stands twice"),
        ("a: [1, 2", ": this is not YAML"),
        ("a: 1\n---\nb: 2", "f.yaml:2: a file holds one document"),
        ("? [a]\n: 1", "f.yaml:1: a key is a text"),
        ("a: 2024-13-45", "f.yaml:1: 2024-13-45 is no day"),
        ("a: .inf", "f.yaml:1: .inf is no number"),
        ("a: " + "9" * 5000, "f.yaml:1: 9999"),
        ("a: " + "9" * 400, "f.yaml:1: 9999"),
        ("a: 0x" + "f" * 5000, "f.yaml:1: 0xfff"),
        # To YAML a number in sixties: working it out takes a minute.
        ("a: 1\nb: " + ":".join(["1"] * 400_000), "f.yaml:2: 1:1:1"),
        ("a: \x00", "f.yaml:1"),
        (
            "a: 1\nb: 茶\nc: \x07",
            "f.yaml:3: this is not YAML: a character stands here that no text has (U+0007)",
        ),
        ('a: 1\nb: "x\\0y"', "f.yaml:2: a character stands here that no text has (U+0000)"),
        ('a: "\\e[31mred"', "f.yaml:1: a character stands here that no text has (U+001B)"),
        ('a: [b, "\\u202Eexe.yaml"]', "f.yaml:1: a character stands here that no text has (U+202E)"),
        ('"a\\x07": 1', "f.yaml:1: a character stands here that no text has (U+0007)"),
        ('a: "\\ud800"', "f.yaml:1: this is not YAML"),
        ("[" * 60 + "]" * 60, "f.yaml:1: nested more than 40"),
    ],
)
def test_everything_else_is_refused_with_its_line(text: str, reason: str) -> None:
    assert reason in refused(text)


def test_a_file_of_a_million_values_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MOST_VALUES", 100)
    assert "more than 100 values" in refused("[" + "1," * 1_000_000 + "]")


def test_a_bomb_of_aliases_costs_nothing() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    started = time.process_time()
    assert "anchors" in refused("l0: &l0 [lol]\n" + levels)
    assert time.process_time() - started < 1


def test_deep_nesting_of_blocks_is_refused_not_followed() -> None:
    text = "".join(f"{' ' * n}a:\n" for n in range(2000))
    assert "nested more than 40" in refused(text)


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=examples(20), deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), _PLAIN, max_size=5))
def test_it_reads_what_the_strict_loader_reads(value: dict[str, Any]) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    expected = yaml.load(text, StrictLoader)
    if "on" in value or "off" in value or "no" in value or "yes" in value or "y" in value or "n" in value:
        return  # as keys, they are texts here
    assert parse(text, "f.yaml").value == expected == value
