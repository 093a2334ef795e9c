"""Run by each Python that MiniStack starts: names below its address are MiniStack's too."""

import runpy
import socket
from pathlib import Path

NAMES = Path(__file__).parents[3] / "local" / "execution_environment" / "names.py"

socket.getaddrinfo = runpy.run_path(str(NAMES))["knowing_accounts"](socket.getaddrinfo)
