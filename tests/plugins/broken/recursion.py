from crmcore import hookimpl


@hookimpl
def crm_segment_rules():
    return crm_segment_rules()
