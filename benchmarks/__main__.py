"""`make bench`. Imports nothing before it is asked to: what it starts imports this module first."""

import sys

if __name__ == "__main__":
    from benchmarks.run import main

    sys.exit(main())
