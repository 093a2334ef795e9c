"""The simulated organisation: what is planted, what stands there, and what a run must find."""
