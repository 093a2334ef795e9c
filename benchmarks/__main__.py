"""`make bench`. Imports are deferred: child processes import this module first."""

import sys

if __name__ == "__main__":
    from benchmarks.run import main

    sys.exit(main())
