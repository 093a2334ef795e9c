"""What runs in a function's own process; it imports nothing of `local/`."""
