"""Template documents: what is read, what is refused and why, and that nothing changes on the way to the file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crmcore.errors import FileError
from crmcore.messages.files import as_yaml, parsed, template_from_file
from crmcore.messages.language import Language
from crmcore.messages.lint import Frame, lint
from crmcore.messages.template import TemplateError, dump_template, load_template
from crmcore.messages.variables import COMMON, NAMES, meanings, personal
from crmcore.messages.words import Words
from crmcore.rules.catalogue import Catalogue

FULL = {
    "name": "refill",
    "title": {"zh": "补货", "en": "Refill"},
    "description": {"zh": "用完之前提醒"},
    "purpose": "promotion",
    "channels": ["sms", "email"],
    "subject": {"zh": "快用完了", "en": "Nearly empty"},
    "text": {"zh": "{{ called }}，{{ offer }}", "en": "Hello"},
    "html": {"zh": "<p>{{ called }}</p>"},
    "values": {"offer": "满200减30", "ends": "2026-12-05", "times": 2},
    "offer_ends": "2026-12-05",
}


def test_a_template_survives_yaml_and_json() -> None:
    template = load_template(FULL)
    assert template.values["ends"] == date(2026, 12, 5)
    assert dump_template(template) == FULL
    assert load_template(parsed(as_yaml(template))) == template


def test_one_text_speaks_both_languages_and_a_missing_one_is_stood_in_for() -> None:
    assert load_template({**FULL, "text": "hi"}).part("text", "en") == "hi"
    assert load_template(FULL).part("html", "en") == "<p>{{ called }}</p>"
    assert dump_template(load_template({"name": "a", "purpose": "order", "text": "hi"}))["text"] == "hi"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"purpose": None}, "template refill: its purpose is needed: promotion, service, order; got None"),
        ({"purpose": "spam"}, "got 'spam'"),
        ({"text": " "}, "it says nothing: the key text is missing"),
        ({"text": 5}, "text is a text or {zh: …, en: …}"),
        ({"text": {"fr": "salut"}}, "text is a text or {zh: …, en: …}"),
        ({"text": "x" * 20_001}, "text is longer than 20,000 characters"),
        ({"name": "Big Sale"}, "cannot be a name here"),
        ({"texte": "x"}, "it has no key 'texte': did you mean 'text'?"),
        ({"channels": 5}, "channels is a list of names"),
        ({"values": ["a"]}, "values is a mapping of names and values"),
        ({"values": {"Bad Name": 1}}, "cannot be the name of a value"),
        ({"values": {"a": ["x"]}}, "the value a is a text, a number or a day"),
        ({"offer_ends": "soon"}, "offer_ends is a day such as 2026-12-05"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], reason: str) -> None:
    with pytest.raises(TemplateError) as refused:
        load_template({**FULL, **change})
    assert reason in str(refused.value)


def test_no_mapping_is_no_template() -> None:
    with pytest.raises(TemplateError, match="a template is a mapping"):
        load_template("hello")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"name: [", "not YAML"),
        (b"a: &x 1\nb: *x", "aliases"),
        (b"!!python/object:os.system x", "not YAML"),
        (b"name: \xff", "not UTF-8"),
        (b"name: a\npurpose: order", "template a: it says nothing"),
    ],
)
def test_a_file_that_is_no_template_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_bytes(content)
    with pytest.raises((TemplateError, FileError), match=reason) as refused:
        template_from_file(path)
    assert "t.yaml" in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        template_from_file(tmp_path / "none.yaml")


def test_the_template_of_the_guide_is_one_that_can_be_sent() -> None:
    guide = (Path(__file__).parent.parent.parent / "docs" / "messages.md").read_text("utf-8")
    printed = guide.partition("```yaml\n")[2].partition("```")[0]
    template = load_template(parsed(printed))
    fields = tuple(Catalogue.core())
    known = frozenset({one.name for one in fields} | {*NAMES, *COMMON, "extra"})
    frame = Frame("zh", known, personal(fields), meanings(fields), Words(), date(2026, 12, 1))
    assert lint(template, frame) == []
    for name in (*NAMES[:4], *COMMON):
        assert f"`{name}`" in guide, name
    for name in Language("zh").filters:
        assert f"`{name}`" in guide or name in ("d", "e"), name
