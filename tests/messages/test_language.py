"""What a template may do, and that what it must not do ends in a sentence and never in a hanging shop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.messages.language import DEEPEST, DEEPEST_CHOICES, DEEPEST_LOOPS, Language
from crmcore.messages.render_job import Rendered
from crmcore.messages.rendering import Renderer
from crmcore.messages.template import Template, TemplateError
from crmcore.messages.variables import HASHED


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer(seconds=60.0)
    yield made
    made.close()


def template(text: str, **parts: str) -> Template:
    return Template("t", "service", {"zh": text}, **{name: {"zh": value} for name, value in parts.items()})


def written(renderer: Renderer, text: str, spoken: str = "zh", **person: object) -> Rendered:
    [one] = renderer.each(template(text), HASHED, spoken, [person])
    return one


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("{{ total }}", "1234.50", "1234.50"),
        ("{{ whole }} {{ whole * 0.9 }}", "200 180", "200 180"),
        ("{{ ends }}", "12月5日", "5 December"),
        ("{{ ends|weekday }}", "周六", "Saturday"),
        ("{{ ends.year }}-{{ ends.month }}", "2026-12", "2026-12"),
        ("{{ at|day }}", "3月5日", "5 March"),
        ("{{ tags }}", "VIP、老客", "VIP, 老客"),
        ("{% for one in tags %}{{ loop.index }}{{ one }}{% endfor %}", "1VIP2老客", "1VIP2老客"),
        ("{{ yes }}", "是", "yes"),
        ("{{ missing or '亲' }}{{ missing|default('亲') }}", "亲亲", "亲亲"),
        ("{% if missing %}a{% else %}b{% endif %}", "b", "b"),
        ("{{ extra.wechat }}", "rain77", "rain77"),
        ("#客户昵称#，#店铺名#欢迎您 #双十一#", "小雨，茶铺欢迎您 #双十一#", "小雨，茶铺欢迎您 #双十一#"),
        ("{{ '长长的名字'|truncate(3) }}", "长长…", "长长…"),
    ],
)
def test_values_read_as_a_person_would_say_them(renderer: Renderer, text: str, zh: str, en: str) -> None:
    person = {
        "total": Decimal("1234.5"),
        "whole": Decimal(200),
        "ends": date(2026, 12, 5),
        "at": datetime(2026, 3, 5, 10, tzinfo=UTC),
        "tags": ["VIP", "老客"],
        "yes": True,
        "extra": {"wechat": "rain77"},
        "called": "小雨",
        "shop": "茶铺",
    }
    assert (written(renderer, text, "zh", **person).text, written(renderer, text, "en", **person).text) == (
        zh,
        en,
    )


@pytest.mark.parametrize(
    "text",
    ["{{ nickname }}", "{{ extra.nickname }}", "{{ nickname + '!' }}", "{% for a in nickname %}{% endfor %}"],
)
def test_who_lacks_what_is_printed_gets_no_message(renderer: Renderer, text: str) -> None:
    assert written(renderer, text, extra={}) == Rendered(problem="she has no nickname", lacks="nickname")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ range(1000000000) }}", "line 1: call is not allowed"),
        ("{{ ''.join(x) }}", "call is not allowed"),
        ("{% set x = 1 %}", "assign is not allowed"),
        ("{% macro f() %}{{ f() }}{% endmacro %}", "macro is not allowed"),
        ("{% include 'etc/passwd' %}", "include is not allowed"),
        ("{% import 'os' as os %}", "import is not allowed"),
        ("{{ 9 ** 9 ** 9 }}", "pow is not allowed"),
        ("{{ '%999999999d' % 1 }}", "mod is not allowed"),
        ("{{ 'a'|center(100000000) }}", "there is no filter 'center'"),
        ("{{ 'a'|safe }}", "there is no filter 'safe'"),
        ("{{ 1 is callable }}", "there is no test callable"),
        ("{{ self }}", "self is not allowed"),
        ("{% for one in self %}{% endfor %}", "self is not allowed"),
        ("{{ 1e400 * 0 }}", "line 1: a number is too large"),
        ("a\n{{ 0x" + "f" * 5000 + " }}", "line 2: a number is too large"),
        ("a\n\n{{ " + "9" * 5000 + " }}", "line 3: a number is too large"),
        (
            "{% for a in b %}\n" * 16 + "{% endfor %}" * 16,
            "line 16: more than 15 loops stand within one another",
        ),
        ("{% fro a in b %}", "there is no such tag"),
        ("{% for a in b recursive %}{% endfor %}", "for is not allowed"),
        ("a\n{{ b", "line 2: "),
        ("{{" + "(" * 5000 + "1" + ")" * 5000 + "}}", "nested too deeply"),
        ("a\n{{ name" + "|upper" * 2000 + " }}", "line 2: it is nested too deeply"),
        ("a\n{% if " + " and ".join(["name"] * 2000) + " %}x{% endif %}", "line 2: it is nested too deeply"),
        ("{% if name %}\n" * 60 + "{% endif %}" * 60, "line 51: it is nested too deeply"),
        ("a\n{% autoescape false %}x{% endautoescape %}", "line 2: scope is not allowed"),
    ],
)
def test_what_no_message_needs_is_refused_when_it_is_read(text: str, reason: str) -> None:
    with pytest.raises(TemplateError, match="(?s)" + reason.replace("(", r"\(")):
        Language("zh").parsed(text)


def test_what_is_read_can_be_written_however_deep_it_is(renderer: Renderer) -> None:
    """Python takes no more than 200 brackets and 100 levels of blocks within one another."""
    for text in (
        "{{ name" + "|upper" * (DEEPEST - 2) + " }}",
        "{% if " + " and ".join(["name"] * (DEEPEST - 1)) + " %}ANN{% endif %}",
        "{{ " + "name if name else " * 100 + "name }}",
        "{% for a in [1] %}" * DEEPEST_LOOPS + "{% if name %}" * DEEPEST_CHOICES + "ann" + "{% endif %}" * DEEPEST_CHOICES + "{% endfor %}" * DEEPEST_LOOPS,
        "{% if no %}x{% else %}" * DEEPEST_CHOICES + "ann" + "{% endif %}" * DEEPEST_CHOICES,
    ):  # fmt: skip
        assert written(renderer, text, name="ann", no=False).text.lower() == "ann"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ 'x' * 1000000000 }}", "text: * is for numbers"),
        ("{{ name.__class__ }}", "unsafe"),
        ("{{ name['__class__'] }}", "unsafe"),
        ("{{ name['format'] }}", "unsafe"),
        ("{{ 'a'" + ("|replace('a','" + "a" * 50 + "')") * 10 + "}}", "it grows too long"),
        ("{{ name" + "|join(name)" * 12 + " }}", "it grows too long"),
        ("{{ 999999999" + " * 999999999" * 12 + " }}", "the number grows too large"),
        ("{% for a in name %}" * 9 + "x" + "{% endfor %}" * 9, "it grows longer than 500,000 characters"),
        ("{{ 1 / 0 }}", "divided by 0"),
        ("{{ 1e308 * 10 }}", "the number grows too large"),
        ("{{ name * 2 }}", "* is for numbers"),
        ("{{ name - 2 }}", "- is for numbers"),
    ],
)
def test_what_grows_is_stopped(renderer: Renderer, text: str, problem: str) -> None:
    assert problem in written(renderer, text, name="abcdefghij").problem


def test_a_template_that_never_ends_is_ended_and_the_next_one_works(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = "{% for a in name %}" * 12 + "{% endfor %}" * 12
    with monkeypatch.context() as short:
        short.setattr(renderer, "_seconds", 0.3)
        with pytest.raises(
            TemplateError, match=r"template t: it cannot be written out: .* within 0\.3 s and was ended"
        ):
            written(renderer, endless, name="abcdefghij")
    assert written(renderer, "{{ name }}", name="ok").text == "ok"


def test_data_is_never_read_as_a_template(renderer: Renderer) -> None:
    assert written(renderer, "#客户昵称#", called="{{ 7 * 7 }} #店铺名#").text == "{{ 7 * 7 }} #店铺名#"


def test_html_is_escaped_and_text_is_not(renderer: Renderer) -> None:
    made = template("{{ name }}", html="<b>{{ name }}</b> {{ name|upper }}", subject="{{ name }}")
    [one] = renderer.each(made, {}, "zh", [{"name": "<a href='x'>"}])
    assert one.text == one.subject == "<a href='x'>"
    assert one.html == "<b>&lt;a href=&#39;x&#39;&gt;</b> &lt;A HREF=&#39;X&#39;&gt;"


@given(st.text(max_size=60))
def test_no_name_makes_a_header_or_steers_a_terminal(renderer: Renderer, name: str) -> None:
    made = template("{{ name }}", subject="您好 {{ name }}")
    [one] = renderer.each(made, {}, "zh", [{"name": name.encode("utf-8", "ignore").decode()}])
    assert not one.problem
    assert len(one.subject.splitlines()) == 1
    assert all(char >= " " or char in "\n\t" for char in one.text + one.subject)
    assert not set("\x7f\x9b\u202e\u2066\u2028") & set(one.text + one.subject)


def test_many_are_written_in_their_order(renderer: Renderer) -> None:
    people = [{"n": number} for number in range(2_345)]
    assert [one.text for one in renderer.each(template("{{ n }}"), {}, "zh", people)] == [
        str(number) for number in range(2_345)
    ]
