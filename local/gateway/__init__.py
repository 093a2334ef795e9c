"""Handles every HTTP request: parses it, identifies the caller, and may answer before moto."""
