"""Every HTTP request: who sends it, what it asks, and what answers before moto does."""
