"""Channel plugins: the ways on which a message reaches a customer."""
