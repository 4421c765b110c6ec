"""What plugins say on cards: their answers come as plain words, whatever they do costs one line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from crmcore import Advice, Say
from crmcore.errors import CrmError, PluginFailure
from crmcore.hooks.advice import LONGEST, MOST_SAID
from crmcore.i18n import speaking
from crmcore.records.history import History

HER = History(7, date(2026, 3, 5), "CNY", {"name": "林小姐"}, ())
FACTS = {"orders": 3, "total_spent": Decimal("12.50")}


def test_advice_comes_in_both_languages_with_its_reason(worker) -> None:
    [said] = worker("advising").call("advising", "crm_advice", "greet", "say", HER, FACTS)
    assert isinstance(said, Say)
    assert (said.shown, said.because) == ("call her 林小姐", "3 orders")
    with speaking("zh"):
        assert said.shown == "叫她林小姐"


def test_panels_are_lines_and_none_is_no_panel(worker) -> None:
    child = worker("advising")
    assert child.call("advising", "crm_panels", "shelf", "lines", HER, FACTS) == [
        "12.50",
        {"zh": "买得不少", "en": "quite a lot"},
    ]
    assert child.call("advising", "crm_panels", "nothing", "lines", HER, FACTS) == []
    assert child.call("advising", "crm_advice", "nothing", "say", HER, FACTS) == []


@pytest.mark.parametrize(
    ("hook", "name", "method", "reason"),
    [
        ("crm_advice", "text", "say", "it returned str; Say is expected"),
        ("crm_advice", "number", "say", "it returned int; str is expected"),
        ("crm_panels", "text", "lines", "it returned str; list is expected"),
    ],
)
def test_what_is_no_answer_is_named(worker, hook: str, name: str, method: str, reason: str) -> None:
    with pytest.raises(PluginFailure) as failed:
        worker("odd_advice").call("odd_advice", hook, name, method, HER, FACTS)
    assert failed.value.reason == reason


def test_a_failure_does_not_carry_the_customer_out(worker) -> None:
    with pytest.raises(PluginFailure) as failed:
        worker("odd_advice").call("odd_advice", "crm_panels", "tell_tales", "lines", HER, FACTS)
    assert failed.value.reason == "ValueError (odd_advice.py, line 13)"
    assert "林" not in failed.value.detail


def test_one_that_hangs_is_ended(worker) -> None:
    with pytest.raises(PluginFailure, match="ended"):
        worker("odd_advice").call("odd_advice", "crm_advice", "hang", "say", HER, FACTS, timeout=0.2)


def test_a_flood_is_cut(worker) -> None:
    said = worker("odd_advice").call("odd_advice", "crm_advice", "many", "say", HER, FACTS)
    assert [len(one.shown) for one in said] == [LONGEST] * MOST_SAID


def test_a_function_that_is_none_is_refused() -> None:
    with pytest.raises(CrmError, match="greet: its function is none"):
        Advice("greet", "hello")  # type: ignore[arg-type]
