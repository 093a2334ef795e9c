"""`make run REAL=1`: the stack on the embedded AWS, its collectors reading accounts on AWS."""
