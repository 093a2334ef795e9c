"""SQL over the lake: its tables, the saved queries, and DuckDB instead of Athena."""
