"""The packs that ship: each can be read, passes its own tests, and finds somebody in the demo."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

import pytest

from crmcore.desk import template_view
from crmcore.errors import CrmError
from crmcore.packs.pack import Pack, load_pack
from crmcore.packs.sources import available_sources, find_source
from crmcore.shop import Shop
from tests.demo.conftest import demo_folder  # noqa: F401 - a fixture
from tests.packs.conftest import MANIFEST, opened, write_pack

SHIPPED = (
    "appliances", "cosmetics", "gifts_watches", "home", "platform_buyers", "shoes_bags", "starter", "womens_wear",
)  # fmt: skip
FAMILIES = {"segments", "templates", "articles"}


@pytest.fixture
def _with_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_PLUGINS")


@functools.cache
def packs() -> list[Pack]:
    return [find_source(name).load() for name in SHIPPED]


def test_they_are_found_by_their_names() -> None:
    assert {source.named for source in available_sources()} >= set(SHIPPED)


def test_each_brings_what_a_shop_needs_and_takes_nothing_from_another() -> None:
    seen: dict[str, str] = {}
    for pack in packs():
        documents = pack.documents()
        assert set(documents) >= FAMILIES, pack.name
        assert pack.cases, pack.name
        asked = {name for case in pack.cases for name in case.expect}
        assert len(asked) >= len(documents["segments"]) * 0.5, pack.name
        for family, bodies in documents.items():
            for name in bodies:
                assert seen.setdefault(f"{family}/{name}", pack.name) == pack.name


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.usefixtures("_with_plugins")
def test_each_passes_its_own_tests(shop: Shop, name: str) -> None:
    results = list(shop.packs.tests(find_source(name).load()))
    assert results
    assert [(one.title, one.faults) for one in results if not one.passed] == []


@pytest.mark.usefixtures("_with_plugins")
def test_all_are_installed_into_the_demo_and_find_people(demo_folder: Path, tmp_path: Path) -> None:  # noqa: F811
    shutil.copytree(demo_folder, tmp_path / "demo")
    with opened(str(tmp_path / "demo")) as shop:
        for pack in packs():
            with shop.packs.enabling(pack):
                pass
        shop.freshen(600)
        for pack in packs():
            checked = shop.packs.check(pack, tests=False)
            assert (checked.missing, checked.misfits, checked.notes) == ((), (), ()), pack.name
            found = [one for one in checked.segments if one.count]
            assert len(found) >= len(checked.segments) * 0.6, pack.name
            assert not [one.name for one in checked.segments if one.error or one.share == 1.0]
            shop.packs.install(find_source(pack.name), pack)
        assert {one.source for one in shop.segments.all() if one.error} == set()
        assert all(not one.error for one in shop.templates.all())
        points = template_view.remarks(shop, template_view.text_of(shop, "platform_points"))
        assert not [one for one in points if one.error]  # each channel that it names can be asked
        assert shop.calendar.problems == ()
        assert {kind.source for kind in shop.campaigns.kinds()} >= {pack.name for pack in packs()}
        for name in ("starter_win_back", "home_group_leaders"):  # a plan writes to whom its segment finds
            shop.campaigns.new(f"try_{name}", name, {"channels": ["phone"]})
            body = shop.campaigns.get(f"try_{name}").body
            audience = shop.campaigns.plan(f"try_{name}").audience
            assert audience == shop.segments.count(body.segment).count > 0
        assert all(one.fine for one in shop.packs.verify())


@pytest.mark.usefixtures("_with_plugins")
def test_the_plugins_that_a_pack_needs_are_switched_on_when_asked_but_none_that_sends(
    shop: Shop, tmp_path: Path
) -> None:
    source = find_source("womens_wear")
    pack = source.load()
    with pytest.raises(CrmError, match=r"needs the plugin womens_wear, which is off: .*--enable"):
        shop.packs.install(source, pack)
    with shop.packs.enabling(pack) as names:
        assert names == ["womens_wear"]
        shop.packs.install(source, pack)
    with shop.packs.enabling(pack) as names:
        assert names == []
    shop.switch_plugin("phone", on=False)
    folder = write_pack(tmp_path / "tea", pack=MANIFEST + "plugins: {phone: ''}")
    with pytest.raises(CrmError, match="plugin phone sends messages: switch it on yourself"):
        shop.packs.enabling(load_pack(folder)).__enter__()
    assert shop.plugins.info("phone").state == "off"
