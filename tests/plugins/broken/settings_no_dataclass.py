from crmcore import hookimpl


class Settings:
    days = 3


@hookimpl
def crm_importers():
    return []
