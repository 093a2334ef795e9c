"""The runs table: the outcome of each scope, what a run used, and what an operator can do."""
