from crmcore import SegmentRule, hookimpl, where


@hookimpl
def crm_segment_rules():
    return SegmentRule("one", where("orders") >= 1)
