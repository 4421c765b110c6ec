from crmcore import hookimpl


@hookimpl
def crm_importers():
    return "weidian"
