"""Code that runs in a function's own process; it imports nothing from `local/`."""
