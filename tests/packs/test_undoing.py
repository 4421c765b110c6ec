"""Taking back what packs did: as a whole or not at all, and never from under somebody who needs it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.desk.undoing import take_back_last
from crmcore.errors import CrmError
from crmcore.packs.faults import PackError
from crmcore.packs.pack import Pack
from crmcore.packs.plan import Choice
from crmcore.packs.sources import Source
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from crmcore.store.schema_campaigns import campaigns
from crmcore.taking_back import take_back
from tests.examples import examples
from tests.packs.conftest import BIG, MANIFEST, Write, loaded, write_pack

CAKE = MANIFEST.replace("tea", "cake")
THEIRS = "theirs: {title: {zh: 她, en: T}, where: {segment: big}}\n"


def test_what_another_pack_needs_is_not_taken_back(shop: Shop, tmp_path: Path) -> None:
    _plan, act = shop.packs.install(*loaded(write_pack(tmp_path / "tea", segments=BIG)))
    needs = {
        "segments": THEIRS,
        "articles": "how: {title: {zh: 文, en: A}, text: {zh: 字, en: T}, segments: [big]}",
        "campaigns": "plan: {title: {zh: 活, en: C}, body: {segment: big}}",
    }
    for family, text in needs.items():
        _plan, other = shop.packs.install(*loaded(write_pack(tmp_path / family, pack=CAKE, **{family: text})))
        for attempt in (lambda: take_back(shop, act), lambda: shop.packs.remove("tea")):
            with pytest.raises(PackError, match=rf"need.*\n{family}/\w+: there is no segment 'big'"):
                attempt()
        assert shop.segments.get("big").source == "tea"
        take_back(shop, other)
    assert take_back_last(shop).change_id == act  # by the key, with nobody left who needs it
    assert shop.packs.all() == []


def test_words_that_messages_use_and_segments_of_the_shop_are_needed_too(shop: Shop, write: Write) -> None:
    day = "tea_day: {title: {zh: 茶日, en: Tea day}, kind: own, day: 05-21}\n"
    _plan, act = shop.packs.install(*loaded(write(calendars=day)))
    shop.playbook.save("templates", "hi", {"purpose": "service", "text": "还有 {{ days_until_tea_day }} 天"})
    with pytest.raises(PackError, match=r"templates/hi: .*days_until_tea_day"):
        take_back(shop, act)
    shop.playbook.remove("templates", "hi")
    shop.segments.save(load_rule("name: base\nwhere: {orders: {gte: 1}}"))
    with shop.database.read() as connection:
        saved = int(connection.exec_driver_sql("SELECT max(id) FROM changes").scalar() or 0)
    shop.segments.save(load_rule("name: upon\nwhere: {segment: base}"))
    with pytest.raises(PackError, match="segments/upon: there is no segment 'base'"):
        take_back(shop, saved)
    take_back(shop, act)
    assert shop.packs.all() == []


HI = "hi: {title: {zh: 好, en: Hi}, purpose: service, text: {zh: 好, en: Hi}}\n"
TEA_DAY = "tea_day: {title: {zh: 茶日, en: Tea day}, kind: own, day: 05-21}\n"
SAID = {"pigeon": {"text": "好"}}
NEEDS: list[tuple[dict[str, Any], str]] = [
    ({"segment": "big", "messages": SAID}, "there is no segment 'big'"),
    ({"where": {"segment": "big"}, "messages": SAID}, "there is no segment 'big'"),
    ({"messages": {"*": {"template": "hi"}}}, "there is no template 'hi'"),
    (
        {"messages": SAID, "follow_ups": [{"after": 3, "messages": {"*": {"template": "hi"}}}]},
        "there is no template 'hi'",
    ),
    ({"messages": {"*": {"text": "还有 {{ days_until_tea_day }} 天"}}}, "days_until_tea_day"),
]


def test_what_a_campaign_that_is_not_over_needs_is_not_taken_back(shop: Shop, write: Write) -> None:
    _plan, act = shop.packs.install(*loaded(write(segments=BIG, templates=HI, calendars=TEA_DAY)))
    shop.playbook.save("campaigns", "plan", {"title": {"zh": "活", "en": "C"}, "body": {}})
    shop.campaigns.new("free", "plan", {"where": {"orders": {"gte": 1}}, "messages": SAID})
    for place, (body, reason) in enumerate(NEEDS):
        name = f"spring_{place}"
        shop.campaigns.new(name, "plan", body)
        for attempt in (lambda: take_back(shop, act), lambda: shop.packs.remove("tea")):
            with pytest.raises(PackError, match=rf"need.*\nthe campaign {name}: .*{reason}") as refused:
                attempt()
            assert len(refused.value.faults) == 2  # the head, and this one alone
        shop.campaigns.cancel(name)
    for state in ("scheduled", "running", "paused"):
        with shop.write("as if sent") as write_:
            write_.connection.execute(sa.update(campaigns).values(state=state))
        with pytest.raises(PackError, match="the campaign spring_0: there is no segment 'big'"):
            take_back(shop, act)
    with shop.write("as if sent") as write_:
        write_.connection.execute(sa.update(campaigns).values(state="done"))
    take_back(shop, act)  # campaigns that are over need nothing
    assert shop.packs.all() == []


def test_a_ready_plan_of_the_shop_keeps_its_rule_its_words_and_its_day(shop: Shop, write: Write) -> None:
    shop.packs.install(*loaded(write(segments=BIG, templates=HI, calendars=TEA_DAY)))
    for body, reason in (*NEEDS, ({"node": "tea_day"}, "there is no occasion 'tea_day'")):
        shop.playbook.save("campaigns", "plan", {"title": {"zh": "活", "en": "C"}, "body": body})
        with pytest.raises(PackError, match=rf"need.*\ncampaigns/plan: .*{reason}"):
            shop.packs.remove("tea")
    shop.playbook.remove("campaigns", "plan")
    shop.packs.remove("tea")


def test_a_pack_that_went_on_since_is_not_taken_back_in_part(shop: Shop, tmp_path: Path) -> None:
    _plan, installed = shop.packs.install(*loaded(write_pack(tmp_path / "a", segments=BIG)))
    newer = loaded(
        write_pack(tmp_path / "b", pack=MANIFEST.replace("1.0.0", "2.0.0"), segments=BIG.replace("5", "6"))
    )
    _plan, upgraded = shop.packs.upgrade(*newer, {})
    with pytest.raises(CrmError, match=rf"not as it left it: changed since by change {upgraded} \(pack"):
        take_back(shop, installed)
    _plan, removed = shop.packs.remove("tea")
    with pytest.raises(CrmError, match=rf"changed since by change {removed}"):
        take_back(shop, upgraded)
    assert (shop.packs.all(), shop.playbook.layers()) == ([], [])
    _plan, again = shop.packs.install(*newer)
    with pytest.raises(CrmError, match="another one named 'tea' is there now"):
        take_back(shop, removed)
    assert len(shop.playbook.layers("segments")) == 1
    for act in (again, removed, upgraded, installed):
        take_back(shop, act)
    assert (shop.packs.all(), shop.playbook.layers()) == ([], [])


def test_a_pack_that_comes_back_has_its_old_place(shop: Shop, tmp_path: Path) -> None:
    def pack(name: str, number: int) -> Any:
        text = MANIFEST.replace("tea", name)
        return loaded(write_pack(tmp_path / name, pack=text, segments=BIG.replace("5", str(number))))

    shop.packs.install(*pack("tea", 1))
    shop.packs.install(*pack("cake", 2))
    _plan, removed = shop.packs.remove("cake")
    shop.packs.install(*pack("soup", 3))
    take_back(shop, removed)
    assert [one.name for one in shop.packs.all()] == ["tea", "cake", "soup"]
    assert "gte: 3" in shop.segments.as_yaml("big")


# --- whatever is done and taken back, in whatever order ---------------------------------------------------

RULES = {("tea", 1): BIG, ("tea", 2): BIG.replace("5", "6"), ("tea", 3): BIG.replace("big", "small"),
         ("cake", 1): THEIRS, ("cake", 2): THEIRS.replace("她", "他")}  # fmt: skip
BOUND = {1: 5, 2: 6}  # what tea's `big` asks for, by version
_STEP = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(sorted(RULES)), st.sampled_from(list(Choice))),
    st.tuples(st.just("remove"), st.sampled_from(["tea", "cake"])),
    st.tuples(st.just("edit"), st.sampled_from([100, 101])),
    st.tuples(st.just("undo"), st.integers(1, 4)),
)


@dataclass(frozen=True)
class There:
    """What the shop should have: of each pack the act that laid it and its version; its own bound of `big`."""

    packs: dict[str, tuple[int, int]]
    own: int | None = None

    @property
    def big(self) -> int | None:
        return self.own or BOUND.get(self.packs.get("tea", (0, 0))[1])

    @property
    def sound(self) -> bool:
        return "cake" not in self.packs or self.big is not None

    def having(self, name: str, laid: tuple[int, int] | None) -> There:
        others = {key: value for key, value in self.packs.items() if key != name}
        return replace(self, packs=others if laid is None else others | {name: laid})


@dataclass(frozen=True)
class Act:
    """An act on one pack: what was there before and after, and the edit it dropped."""

    id: int
    name: str
    before: tuple[int, int] | None
    after: tuple[int, int] | None
    dropped: int | None = None


Made = dict[tuple[str, int], tuple[Source, Pack]]


def _made(folder: Path) -> Made:
    return {
        (name, number): loaded(write_pack(
            folder / f"{name}{number}", segments=text, pack=MANIFEST.replace("tea", name).replace("1.0.0", f"{number}.0.0")
        ))
        for (name, number), text in RULES.items()
    }  # fmt: skip


def _put(shop: Shop, made: Made, there: There, key: tuple[str, int], choice: Choice) -> tuple[There, Act]:
    """Install the version, or upgrade to it; what the shop should have then."""
    name, number = key
    before = there.packs.get(name)
    laid, coming = BOUND.get(before[1]) if before else None, BOUND.get(number)
    conflict = name == "tea" and None not in (there.own, laid, coming) and laid != coming
    own = None if conflict and choice is Choice.THEIRS else there.own
    source, pack = made[key]
    if before is None:
        act = shop.packs.install(source, pack)[1]
    else:
        act = shop.packs.upgrade(source, pack, {"*": choice})[1]
    after = (act, number)
    return replace(there.having(name, after), own=own), Act(
        act, name, before, after, None if own == there.own else there.own
    )


@settings(
    max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_STEP, min_size=3, max_size=8))
def test_undo_gives_back_exactly_what_the_act_found_or_nothing(shop: Shop, steps: list[Any]) -> None:
    for table in ("packs", "pack_layers", "segments"):
        shop.documents.drop_table(table)
    there, acts = There({}), list[Act]()
    with tempfile.TemporaryDirectory() as folder:
        made = _made(Path(folder))
        for step in steps:
            try:
                match step:
                    case ("put", key, choice):
                        after, act = _put(shop, made, there, key, choice)
                        acts.append(act)
                    case ("remove", name):
                        before = there.packs.get(name)
                        acts.append(Act(shop.packs.remove(name)[1], name, before, None))
                        after = there.having(name, None)
                    case ("edit", bound):
                        shop.segments.save(load_rule(f"name: big\nwhere: {{orders: {{gte: {bound}}}}}"))
                        after = replace(there, own=bound)
                    case ("undo", back) if back <= len(acts):
                        act = acts[-back]
                        possible = there.packs.get(act.name) == act.after
                        after = replace(there.having(act.name, act.before), own=there.own or act.dropped)
                        take_back(shop, act.id)
                        acts.remove(act)
                        assert possible
                    case _:
                        continue
            except CrmError:
                after = there
                if step[0] == "undo":  # refused: it is another's now, or somebody needs it
                    gone = replace(there.having(act.name, act.before), own=there.own or act.dropped)
                    assert not (possible and gone.sound)
            there = after
            assert there.sound
            assert {one.name: int(one.version[0]) for one in shop.packs.all()} == {
                name: number for name, (_act, number) in there.packs.items()
            }
            known = {one.name: one for one in shop.segments.all()}
            assert not any(one.error for one in known.values())
            found = known["big"].definition.tree if "big" in known else None
            assert (None if found is None else getattr(found, "value", found)) == there.big
            assert ("small" in known) == (there.packs.get("tea", (0, 0))[1] == 3)
