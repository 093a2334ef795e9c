"""The runs table: what became of each scope, what a run used, and what an operator can do."""
