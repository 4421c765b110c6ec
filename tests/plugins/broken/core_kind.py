from crmcore import InteractionKind, hookimpl


@hookimpl
def crm_interaction_kinds():
    return [InteractionKind("chat", "聊天", "Chat"), InteractionKind("tea", "喝茶", "Tea")]
