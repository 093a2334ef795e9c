"""Deploys templates: transforms and resolves them, and creates resources through AWS's APIs."""
