from crmcore import SegmentRule, hookimpl, where


@hookimpl
def crm_segment_rules():
    return [
        SegmentRule("lapsed", where("days_since_last_order") >= 180),
        SegmentRule("long_lapsed", where("days_since_last_order") >= 360),
    ]
