"""Generate the code and template sections that follow from `cidb2.services.COLLECTORS`.

Templates cannot loop. For a new collector, `python -m tools.collectors` copies the previous one's
handler, function, role, log group, entries in lists of collectors, and branch of the inventory
machine. It then writes the throttling alarms, the lake permissions of each role, and the services
in the sample events.
"""

import json
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

from cidb2.chunks import chunks
from cidb2.services import COLLECTORS, SERVICES, collector_title

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ("events/collector.json", "events/results-processor.json")
HANDLER = '''"""Lambda handler of the {name} collector."""

from cidb2.collecting.declared import collector_of
from cidb2.collecting.handler import collector_handler

COLLECTOR = collector_of("{name}")

handler = collector_handler(COLLECTOR)
'''
LAKE_FOLDERS = re.compile(
    r"(- Sid: WriteListingsToTheLake\n(?: {16}(?:Effect|Action): .*\n)+)"
    r" {16}Resource:.*\n(?: {18}- .*\n)*"
)
LAKE_FOLDER = "!Sub ${ResultsBucket.Arn}/lake/items/run_date=*/service=%s/*"
ALARM = "ThrottledFunctions"
METRICS_OF_AN_ALARM = 10
"""Maximum metrics in an alarm's expression (CloudWatch User Guide, 'Create an alarm based on
a metric math expression')."""
ALARM_HEAD = """  {name}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: >-
        Lambda has throttled functions of the stack for 15 minutes.
        See docs/operations.md#functions-are-throttled
      Metrics:
        - Id: throttles
          Label: Throttles of the functions
          Expression: SUM(FILL(METRICS(), 0))
"""
ALARM_METRIC = """        - Id: {id}
          ReturnData: false
          MetricStat:
            Metric:
              Namespace: AWS/Lambda
              MetricName: Throttles
              Dimensions: [{{Name: FunctionName, Value: !Ref {function}}}]
            Period: 300
            Stat: Sum
"""
ALARM_TAIL = """      EvaluationPeriods: 3
      ComparisonOperator: GreaterThanThreshold
      Threshold: 0
      TreatMissingData: notBreaching
      AlarmActions: [!Ref AlarmTopic]

"""


def generate(root: Path) -> None:
    """Generate everything below `root` that follows from the collectors and their services."""
    template = (root / "template.yaml").read_text("utf-8")
    for before, name in pairwise(COLLECTORS):
        if f"  {name.capitalize()}CollectorRole:\n" not in template:
            copy(root, before, name)
    _rewrite(root / "template.yaml", with_lake_folders)
    _rewrite(root / "template.yaml", with_alarms)
    for path in EVENTS:
        _rewrite(root / path, with_services)


def copy(root: Path, like: str, new: str) -> None:
    """Copy the files and sections of the collector `like` for the collector `new`, below `root`."""
    folder = root / f"functions/{new}_collector"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.py").write_text(HANDLER.format(name=new), "utf-8")
    _rewrite(root / "template.yaml", lambda text: in_template(text, like, new))
    _rewrite(root / "statemachine/inventory.asl.yaml", lambda text: in_machine(text, like, new))


def in_template(text: str, like: str, new: str) -> str:
    """Return the template with a section for `new`, and with `new` in each list of collectors."""
    title = f"  # --- {collector_title(like)} collector "
    section = _found(rf"^{title}-+\n(?:.*\n)*?(?=^  # --- )", text)
    before, after = text.split(section)
    name = f"{like.capitalize()}Collector"
    mention = rf"^.*\b{name}(?:Function|Role)\b.*\n"

    def twice(match: re.Match[str]) -> str:
        return match[0] + renamed(match[0], like, new)

    before, after = (re.sub(mention, twice, part, flags=re.MULTILINE) for part in (before, after))
    return before + section + renamed(section, like, new) + after


def in_machine(text: str, like: str, new: str) -> str:
    """Return the state machine with a branch for `new`."""
    branch = _found(rf"^      - StartAt: Is{collector_title(like)}Wanted\n(?:        .*\n)+", text)
    return text.replace(branch, branch + renamed(branch, like, new))


def with_lake_folders(template: str) -> str:
    """Return the template with each collector's permission to write its services' listings."""
    for collector, services in COLLECTORS.items():
        start = template.index(f"  {collector.capitalize()}CollectorRole:\n")
        role = template[start:]
        template = template[:start] + LAKE_FOLDERS.sub(_allowed(services), role, count=1)
    return template


def _allowed(services: Iterable[str]) -> Callable[[re.Match[str]], str]:
    folders = [LAKE_FOLDER % service for service in services]
    lines = [f" {folders[0]}"] if len(folders) == 1 else [f"\n{' ' * 18}- {one}" for one in folders]
    return lambda match: f"{match[1]}{' ' * 16}Resource:{''.join(lines)}\n"


def with_alarms(template: str) -> str:
    """Return the template with enough throttling alarms to cover all functions."""
    collectors = (f"{name.capitalize()}Collector" for name in COLLECTORS)
    functions = ["Initializer", "ResultsProcessor", "Reporter", *collectors]
    names, section = [], ""
    for number, some in enumerate(chunks(functions, METRICS_OF_AN_ALARM), start=1):
        names.append(f"{ALARM}{number if number > 1 else ''}Alarm")
        section += ALARM_HEAD.format(name=names[-1])
        for each in some:
            own_id = each[0].lower() + each[1:]
            section += ALARM_METRIC.format(id=own_id, function=f"{each}Function")
        section += ALARM_TAIL
    start = template.index(f"  {ALARM}Alarm:\n")
    end = template.index("  # --- Dashboard -")
    shown = ",\n".join(f'{" " * 20}"${{{name}.Arn}}"' for name in names)
    template = template[:start] + section + template[end:]
    return re.sub(
        rf' {{20}}"\${{{ALARM}Alarm\.Arn}}"(?:,\n {{20}}"\${{{ALARM}\d+Alarm\.Arn}}")*',
        shown,
        template,
    )


def with_services(event: str) -> str:
    """Return an event that selects all services."""
    document = json.loads(event)
    wanted = {"services": [*SERVICES], "collectors": dict.fromkeys(COLLECTORS, True)}
    return json.dumps(document | {"run": document["run"] | wanted}, indent=2) + "\n"


def renamed(text: str, like: str, new: str) -> str:
    """Return text with a collector's name replaced, in all its spellings.

    AWS's own names do not change: `s3:GetObject`, `AWS::S3::Bucket`, `KmsKeyId`.
    """
    for pattern, name in (
        (rf"\b{like.capitalize()}(?=Collector)", new.capitalize()),
        (rf"(?<!:){collector_title(like)}(?!::|Key)", collector_title(new)),
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
    generate(ROOT)
