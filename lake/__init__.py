"""SQL over the lake: its tables, the saved queries, and DuckDB in the place of Athena."""
