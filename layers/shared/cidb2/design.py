"""The design of everything that CIDB2 shows in a browser: the report, and `cidb2 explore`."""

from pathlib import Path

DESIGN = Path(__file__).with_name("design.css")
"""Colours, type, tables and marks; each page adds what only it has."""
