"""The playbook: what a shop has learned, in documents; its own words lie over the packs it has installed."""
