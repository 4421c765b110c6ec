"""The command line: parses, asks the shop, renders."""
