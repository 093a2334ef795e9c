"""The embedded AWS: moto behind its gateway, the stack, its functions and executions."""
