"""Where things are in the checkout, and where runs leave theirs."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
MEMBER_TEMPLATE = ROOT / "member-account" / "template.yaml"

OWN = ROOT / ".local"
RUNS = OWN / "runs"
REPORT = "report.html"
