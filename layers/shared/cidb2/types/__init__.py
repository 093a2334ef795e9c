"""Declarations of resource types, and what follows from them and AWS's models."""
