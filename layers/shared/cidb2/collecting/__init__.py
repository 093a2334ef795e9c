"""Reading one account: handler, scopes, listings, fields, checkpoints and the deadline."""
