"""What of a pack leads nowhere here is told by whatever looks at it, installs it or keeps it, and refused by none."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.desk import pack_view
from crmcore.packs.faults import PackError
from crmcore.packs.pack import load_pack
from crmcore.shop import Shop
from tests.packs.conftest import Write, loaded, write_pack

TITLED = "title: {zh: 甲, en: A}"


@pytest.fixture
def opened(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("CRM_PLUGINS", "lapse,payment,phone,sms_aliyun,email")
    shop.plugins_changed()
    return shop


def test_channels_reports_and_settings_that_lead_nowhere_are_told_with_their_line(
    opened: Shop, write: Write
) -> None:
    opened.change_plugin_settings("lapse", {"bands": "[30]"})
    tile = "{report: payment, what: chart}"
    folder = write(
        templates=f"t:\n  {TITLED}\n  purpose: service\n  channels:\n    - phone\n    - sms\n  text: {{zh: 好, en: Hi}}\n",
        campaigns=f"c:\n  {TITLED}\n  body:\n    channels: [phone, emial]\n    messages:\n      '*': {{text: Hi}}\n      phne: {{text: Hi}}\n"
        f"    prices: {{sms: 0.1, pigeon: 2}}\n    follow_ups:\n      - {{after: 3, channels: [raven]}}\n",
        benchmarks=f"b:\n  {TITLED}\n  unit: days\n  value: 3\n  report: paymnt\nok: {{{TITLED}, unit: days, value: 3, report: payment}}\n",
        bands=f"lapse: {{{TITLED}, field: days_since_last_order, edges: [20]}}\n",
        dashboards=f"d: {{{TITLED}, tiles: [{', '.join([tile] * 25)}]}}\n",
    )  # fmt: skip
    source, pack = loaded(folder)
    notes = opened.packs.notes(pack)
    until = "nothing goes out by {} until there is such a channel"
    for note, said in zip(notes, (
        "templates.yaml:6: t: " + until.format("'sms'"), "campaigns.yaml:4: c: " + until.format("'emial'"),
        "campaigns.yaml:7: c: " + until.format("'phne'"), "campaigns.yaml:10: c: " + until.format("'raven'"),
        "campaigns.yaml:8: c: " + until.format("'pigeon'"),
        "benchmarks.yaml:5: b: it is shown nowhere until there is a report 'paymnt': did you mean 'payment'",
        "bands.yaml:1: lapse: bands stays as this shop has set it (crm plugin settings lapse)",
        "dashboards.yaml:1: d: a dashboard shows 24 tiles, the others are left out",
    ), strict=True):  # fmt: skip
        assert note.startswith(said)
    assert (opened.packs.misfits(pack), opened.packs.check(pack, tests=False).notes) == ([], tuple(notes))
    assert pack_view.look(opened, str(folder), {}).notes == tuple(notes)
    assert [words for title, words in pack_view.check(opened, str(folder), {}) if title == "Remark"] == notes
    opened.packs.install(source, pack)


def test_an_article_that_sends_its_reader_nowhere_is_refused(opened: Shop, tmp_path: Path) -> None:
    there = "[b, lapsed_90, payment, 'https://example.org/x', 'The Art of Shopping', 第三章]"
    text = f"a:\n  {TITLED}\n  text: {{zh: 文, en: T}}\n  see: {there}\nb:\n  {TITLED}\n  text: {{zh: 文, en: T}}\n"
    source, pack = loaded(write_pack(tmp_path / "tea", articles=text))
    opened.packs.install(source, pack)
    nowhere = text.replace("[b,", "[bb,").replace("a:", "c:", 1)
    (fault,) = opened.packs.misfits(load_pack(write_pack(tmp_path / "cake", articles=nowhere)))
    assert str(fault).startswith("articles.yaml:4: c: there is no article 'bb': did you mean 'b'")
    opened.playbook.save("articles", "own", {"title": "x", "text": "x"})
    opened.playbook.save("articles", "more", {"title": "x", "text": "x", "see": ["own"]})
    with pytest.raises(PackError, match=r"articles/own is used.*\narticles/more: there is no article 'own'"):
        opened.playbook.remove("articles", "own")


def test_what_the_shop_keeps_of_its_own_is_told_the_same(opened: Shop, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(f"{TITLED}\npurpose: service\nchannels: [emial]\ntext: {{zh: 好, en: Hi}}\n", "utf-8")
    entry, notes = opened.packs.save_own("templates", "t", file)
    assert entry.own
    assert [note.partition(" until")[0] for note in notes] == ["x.yaml:3: t: nothing goes out by 'emial'"]
