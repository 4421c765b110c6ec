"""Files of any kind and encoding become plain tables of text."""
