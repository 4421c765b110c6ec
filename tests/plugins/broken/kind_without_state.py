from crmcore import InteractionKind, hookimpl


@hookimpl
def crm_interaction_kinds():
    return [InteractionKind("tea", "喝茶", "Tea", states=("hot",), open_states=("cold",))]
