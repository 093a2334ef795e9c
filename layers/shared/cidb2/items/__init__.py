"""The item: a resource as it is described, hashed, compared, checked, judged and stored."""
