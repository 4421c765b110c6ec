"""Two people change the playbook in the same moment: what one looked at before she wrote still holds then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crmcore.errors import CrmError
from crmcore.packs.faults import PackError
from crmcore.packs.packs import Packs
from crmcore.rules.yaml import load_rule
from crmcore.segments.segments import Segments
from crmcore.shop import Shop
from tests.packs.conftest import BIG, Write, loaded, opened


def rule(name: str, where: str) -> Any:
    return load_rule(f"name: {name}\ntitle: {{zh: 甲, en: A}}\nwhere: {where}")


def after_looking(
    monkeypatch: pytest.MonkeyPatch, owner: type, method: str, meanwhile: Callable[[], object]
) -> None:
    """Have something happen between the first look and the write that follows."""
    looks, waiting = getattr(owner, method), [meanwhile]

    def look(*args: Any) -> Any:
        found = looks(*args)
        while waiting:
            waiting.pop()()
        return found

    monkeypatch.setattr(owner, method, look)


def test_two_segments_made_at_once_are_no_circle(any_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        any_shop.segments.save(rule(name, "{orders: {gte: 1}}"))
    with opened(str(any_shop.database.url.render_as_string(hide_password=False))) as other:
        after_looking(
            monkeypatch,
            Segments,
            "check_sense",
            lambda: other.segments.save(rule("two", "{segment: one}")),
        )
        with pytest.raises(CrmError, match="in a circle"):
            any_shop.segments.save(rule("one", "{segment: two}"))
    assert [one.name for one in any_shop.segments.all() if one.error] == []


def test_what_a_new_segment_needs_does_not_go_in_that_moment(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.segments.save(rule("one", "{orders: {gte: 1}}"))
    after_looking(monkeypatch, Segments, "check_sense", lambda: shop.segments.remove("one"))
    with pytest.raises(CrmError, match="no segment 'one'"):
        shop.segments.save(rule("two", "{segment: one}"))


def test_a_pack_stays_whose_segment_somebody_begins_to_use(
    shop: Shop, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.packs.install(*loaded(write(segments=BIG)))
    mine = rule("mine", "{segment: big}")
    after_looking(monkeypatch, Packs, "_refuse_needed", lambda: shop.segments.save(mine))
    with pytest.raises(PackError, match="segments/mine"):
        shop.packs.remove("tea")
    assert [one.name for one in shop.packs.all()] == ["tea"]


def test_who_never_finds_it_quiet_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Segments.check_sense

    def look(*args: Any) -> None:
        looks(*args)
        shop.documents.table("tags").insert({"name": "x", "title": {"zh": "甲", "en": "A"}})

    monkeypatch.setattr(Segments, "check_sense", look)
    with pytest.raises(CrmError, match="try again in a moment"):
        shop.segments.save(rule("one", "{orders: {gte: 1}}"))
    assert shop.playbook.get("segments", "one") is None
