"""`cidb2 explore`: web pages over an index of the lake, for one person's own machine."""
