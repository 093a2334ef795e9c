"""Listings as files for SQL: drafts during collection, objects once they are complete."""
