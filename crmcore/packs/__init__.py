"""Config packs: what a shop has learned, in plain files, checked, and shared with other shops."""
