"""Templates: transformed, resolved, and created resource by resource through AWS's own APIs."""
