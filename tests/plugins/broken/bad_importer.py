from crmcore import TableImporter, hookimpl


class Weidian(TableImporter):
    platform, record = "weidian", "oder"
    columns = {"order_ref": "no"}


@hookimpl
def crm_importers():
    return [Weidian()]
