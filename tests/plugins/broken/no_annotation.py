from crmcore import Fact, hookimpl


def shoe_size(history):
    return 42


@hookimpl
def crm_segment_rules():
    return [Fact(shoe_size)]
