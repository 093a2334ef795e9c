"""A package, so that pytest stops the shared embedded AWS after the last fault test."""
