"""`make run REAL=1`: the stack on the embedded AWS, with collectors that read real AWS accounts."""
