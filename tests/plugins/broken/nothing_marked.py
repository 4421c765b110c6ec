def crm_importers():
    return []
