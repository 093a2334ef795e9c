"""Give the newest service what every collector has alike, copied from the service before it.

`python -m tools.copy_collector` writes its handler, its function, role and log group, every place
of the template that names all collectors, its branch of the state machine, and the sample events.
`docs/adding-a-collector.md` says what comes before and after.
"""

import re
from collections.abc import Callable
from pathlib import Path

from cidb2.services import SERVICES

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ("events/collector.json", "events/results-processor.json")


def copy(root: Path, like: str, new: str) -> None:
    """Write for the service `new` what there is for the service `like`, below `root`."""
    handler = (root / f"functions/{like}_collector/app.py").read_text("utf-8")
    folder = root / f"functions/{new}_collector"
    folder.mkdir(exist_ok=True)
    (folder / "app.py").write_text(renamed(handler, like, new), "utf-8")
    _rewrite(root / "template.yaml", lambda text: in_template(text, like, new))
    _rewrite(root / "statemachine/inventory.asl.yaml", lambda text: in_machine(text, like, new))
    for path in EVENTS:
        _rewrite(root / path, lambda text: in_event(text, like, new))


def in_template(text: str, like: str, new: str) -> str:
    """Return the template with a section more, and with one more wherever collectors are named."""
    title = f"  # --- {like.upper()} collector "
    section = _found(rf"^{title}-+\n(?:.*\n)*?(?=^  # --- )", text)
    before, after = text.split(section)
    name = f"{like.capitalize()}Collector"
    mention = rf"^( *)- Id: {like}Collector\n(?:\1 .*\n)+|^.*\b{name}(?:Function|Role)\b.*\n"

    def twice(match: re.Match[str]) -> str:
        return match[0] + renamed(match[0], like, new)

    before, after = (re.sub(mention, twice, part, flags=re.MULTILINE) for part in (before, after))
    return before + section + renamed(section, like, new) + after


def in_machine(text: str, like: str, new: str) -> str:
    """Return the state machine with a branch more."""
    branch = _found(rf"^      - StartAt: Is{like.upper()}Wanted\n(?:        .*\n)+", text)
    return text.replace(branch, branch + renamed(branch, like, new))


def in_event(text: str, like: str, new: str) -> str:
    """Return an event whose run asks for one service more."""
    line = _found(rf'^ *"{like}": true', text)
    return text.replace(line, f"{line},\n{line.replace(like, new)}")


def renamed(text: str, like: str, new: str) -> str:
    """Return text with a service's name replaced, in each of its spellings.

    What AWS calls so itself stays: `s3:GetObject`, `AWS::S3::Bucket`, `KmsKeyId`.
    """
    for pattern, name in (
        (rf"\b{like.capitalize()}(?=Collector)", new.capitalize()),
        (rf"(?<!:){like.upper()}(?!::|Key)", new.upper()),
        (rf"(?<![:\w]){like}(?!:|[a-z])", new),
    ):
        text = re.sub(pattern, name, text)
    return text


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise LookupError(f"nothing like {pattern}")
    return match[0]


def _rewrite(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    copy(ROOT, *SERVICES[-2:])
