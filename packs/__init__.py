"""Ready config packs: data in plain YAML; `crm pack install NAME` finds them here."""
