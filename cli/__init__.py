"""The command line: queries the inventory from a terminal or a script."""
