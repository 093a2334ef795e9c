"""`make run` and `make aws`: their options, console output and files."""
