from crmcore import Fold, hookimpl, where


@hookimpl
def crm_segment_rules():
    return [Fold("tea", "lines", "sum", "taste")]
