"""Rules and packs that cannot be meant, or mean harm, at the door that people use: one sentence, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Crm
from tests.packs.conftest import write_pack
from tests.packs.test_files import archive

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{one}: &{one} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, one in zip("abcdefgh", "bcdefghi", strict=True)
)
RULES = {
    "name: x\nwhere: {ordrs: {gte: 2}}\n": "the card has no field 'ordrs'",
    "name: x\nwhere: {orders: {gte: many}}\n": "'many'",
    "name: x\nwhere: {orders: {gte: 5, lt: 3}}\n": "no value can meet this: Orders",
    "name: x\nwhere: {segment: x}\n": "in a circle: x → x",
    "name: x\nwhere: {last_order_at: {gte: 2026-02-30}}\n": "2026-02-30",
    "name: x\nwhere: {last_order_at: {gte: 9026-03-01}}\n": "9026-03-01",
    "name: x\nwhere: !!python/object/apply:os.system [touch pwned]\n": "not YAML",
    f"name: x\nwhere: 1\n{LAUGHS}": "alias",
}
FIELD = "a:\n  title: {zh: 甲, en: A}\n  where: "
LOOP = "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}"
PACKS = {
    "segments": {
        f"{FIELD}{{ordrs: {{gte: 2}}}}\n": "the card has no field 'ordrs'",
        f"{FIELD}{{orders: {{gte: many}}}}\n": "'many'",
        f"{FIELD}{{orders: {{gte: 5, lt: 3}}}}\n": "segments.yaml:3: nobody can fulfil what is asked of orders",
        f"{FIELD}{{segment: a}}\n": "in a circle: a → a",
        f"{FIELD}{{last_order_at: {{gte: 0026-03-01}}}}\n": "years go from 1900",
        f"{FIELD}!!python/object/apply:os.system [touch pwned]\n": "segments.yaml:3: the tag",
        LAUGHS: "segments.yaml:1: ",
    },
    "templates": {
        f'hi: {{title: {{zh: 好, en: Hi}}, purpose: service, text: {{zh: 好, en: "{LOOP}"}}}}\n': "is not allowed"
    },
    "articles": {"#" * 50_000_000: "articles.yaml: the file is bigger than 1 MB"},
}


@pytest.fixture(autouse=True)
def _no_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "")


@pytest.mark.parametrize("command", ["check", "save", "preview"])
def test_rules(crm: Crm, shop_folder: Path, tmp_path: Path, command: str) -> None:
    file = tmp_path / "x.yaml"
    for text, said in RULES.items():
        file.write_text(text, "utf-8")
        told = crm("segment", command, file, shop=shop_folder)
        assert (told.code, told.out) == (1, ""), text
        assert said in told.err, text
        assert "Traceback" not in told.err
    assert crm("segment", "list", "--json", shop=shop_folder).json["segments"] == []
    assert not Path("pwned").exists()


@pytest.mark.parametrize("command", ["check", "install"])
def test_packs(crm: Crm, shop_folder: Path, tmp_path: Path, command: str) -> None:
    folders = [
        (write_pack(tmp_path / f"{family}{number}", **{family: text}), said)
        for family, texts in PACKS.items()
        for number, (text, said) in enumerate(texts.items())
    ]
    outside = archive(tmp_path / "t.crmpack", **{"pack.yaml": "name: t\n", "../pwned.yaml": "x: 1"})
    for path, said in [*folders, (outside, "leads out of the pack")]:
        told = crm("pack", command, path, shop=shop_folder)
        assert told.code == 1, path
        assert said in told.err + told.out, path
        assert "Traceback" not in told.err
    assert crm("pack", "list", "--json", shop=shop_folder).json["packs"] == []
    assert not (tmp_path / "pwned.yaml").exists()
    assert not Path("pwned").exists()
