"""Listings as files for SQL: drafts while they are collected, objects once they are complete."""
