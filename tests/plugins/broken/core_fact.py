from crmcore import Fact, History, hookimpl


def days_at_sea(history: History) -> int | None:
    return None


@hookimpl
def crm_segment_rules():
    return [Fact(days_at_sea, name="total_spent"), Fact(days_at_sea)]
