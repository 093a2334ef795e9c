"""The embedded AWS as a whole: moto behind its gateway, the stack, its functions and executions."""
