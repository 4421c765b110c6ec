from crmcore import hookimpl


@hookimpl
def crm_segment_rule():
    return []
