"""Entry point of an execution environment: `python bootstrap.py <handler>`.

Uses AWS's runtime client, awslambdaric, if it is installed, else the pure Python one beside this
file. A thread watches standard input and exits with the parent process.
"""

import importlib.util
import os
import runpy
import socket
import sys
import threading
from pathlib import Path


def die_with_parent() -> None:
    """Exit at once when standard input is closed."""
    while os.read(0, 1024):
        pass
    os._exit(0)


def main() -> None:
    """Serve the handler named on the command line until the environment ends."""
    here = str(Path(__file__).parent)
    sys.path[:] = [entry for entry in sys.path if entry != here]
    threading.Thread(target=die_with_parent, daemon=True).start()
    names = runpy.run_path(f"{here}/names.py")
    socket.getaddrinfo = names["knowing_accounts"](socket.getaddrinfo)
    if "EMBEDDED_TIME_SCALE" in os.environ:
        speed_up = runpy.run_path(f"{here}/speed_up.py")["speed_up"]
        speed_up(float(os.environ["EMBEDDED_TIME_SCALE"]))
    if importlib.util.find_spec("awslambdaric"):
        from awslambdaric.__main__ import main as serve

        serve(sys.argv)
    else:
        client = runpy.run_path(f"{here}/client.py")
        client["serve_handler"](sys.argv[1], os.environ["AWS_LAMBDA_RUNTIME_API"])


main()
