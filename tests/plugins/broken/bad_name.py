from crmcore import InteractionKind, hookimpl


@hookimpl
def crm_interaction_kinds():
    return [InteractionKind("到店 visit", "到店", "Visit")]
