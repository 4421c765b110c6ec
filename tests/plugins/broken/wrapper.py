from crmcore import hookimpl


@hookimpl(wrapper=True)
def crm_importers():
    return (yield)
