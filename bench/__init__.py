"""How fast the house is, against a reference in the same run: `make bench`."""
