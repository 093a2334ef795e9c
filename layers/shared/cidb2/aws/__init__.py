"""Talking to AWS: sessions, clients, rates, parsers, regions, and the hub's storage."""
