from crmcore import hookimpl

api_version = 99


@hookimpl
def crm_importers():
    return []
