"""The command line: what the inventory knows, asked from a terminal or a script."""
