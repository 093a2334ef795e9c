"""`make run` and `make aws`: their options, what they tell a person, and where they leave it."""
