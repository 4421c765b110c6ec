from datetime import date

from crmcore import Fact, History, hookimpl


def tea(history: History) -> date | None:
    return None


@hookimpl
def crm_segment_rules():
    return [Fact(tea), Fact(tea, name="tea_at")]
