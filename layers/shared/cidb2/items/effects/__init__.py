"""Effects: what a change of a resource means, judged when it is found."""
