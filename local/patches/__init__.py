"""Patches to moto and botocore, each with its reason; they know nothing of this project."""
