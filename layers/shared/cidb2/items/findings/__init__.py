"""Security findings, derived from the collected configuration: a module for each service."""
