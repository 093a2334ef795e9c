"""What the fault suites share ends with the last of them, so that no other AWS starts beside."""
