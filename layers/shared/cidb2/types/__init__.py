"""What a resource type is: declarations, and all that follows from them and AWS's models."""
