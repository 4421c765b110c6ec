from crmcore import Fold, hookimpl, where


@hookimpl
def crm_segment_rules():
    return [Fold("tea", "lines", "count", where=where("taste") == "green")]
