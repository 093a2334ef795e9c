"""Relations of a resource, and `/ask`: questions about relations, with the basis of each answer."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cidb2.types.catalog import SERVICE_OF
from explore.index import Index, Row
from explore.page import page_number
from explore.site import Made, Site
from lake.basis import NOT_LISTED, RESTS_ON, Basis, split
from lake.duck import translated
from lake.relations import question_sql
from lake.saved import questions

FORWARD, BACKWARD = "relations", "turned"
"""The tables of relations from a resource, and of relations to it."""

GROUP_ROWS = 8
PAGE_ROWS = 100
ANSWERS = 200
GAPS = 40
NOTHING = """SELECT NULL AS answer, NULL AS resourcetype, NULL AS accountid, NULL AS awsregion,
    NULL AS resourcename, NULL AS arn, NULL AS because WHERE false"""

REASONS: Mapping[str, str] = {
    "EVERYBODY": "everybody",
    "OF_AWS": "belongs to AWS",
    "OUTSIDE_ORGANIZATION": "outside the organisation",
    "ORGANIZATION_NOT_KNOWN": "in an account that may belong to the organisation or not",
    "TYPE_NOT_TOLD": "of an unknown type",
    "TYPE_NOT_COLLECTED": "its type is not collected",
    "ACCOUNT_NOT_TOLD": "in an unknown account",
    "NOT_COLLECTED": "its scope is not collected",
}
"""Display texts of the reasons why a target is unknown, other than failed listings."""

_COLUMNS = """relationshipname, targettype, target, targetarn, targetname, targetaccountid,
    targetregion, answer, reason"""


@dataclass(frozen=True)
class Group:
    """The first relations of a resource with one name and target type, and their total."""

    name: str
    type: str
    count: int
    rows: Sequence[Row]


def groups(index: Index, arn: str, table: str) -> list[Group]:
    """Return the relations of a resource in one direction, by name and type."""
    rows = index.rows(
        f"""SELECT {_COLUMNS}, count(*) OVER same AS of_group
        FROM {table} WHERE arn = ?
        WINDOW same AS (PARTITION BY relationshipname, targettype),
            ordered AS (PARTITION BY relationshipname, targettype ORDER BY target, targetarn)
        QUALIFY row_number() OVER ordered <= {GROUP_ROWS}
        ORDER BY relationshipname, targettype, target, targetarn""",  # noqa: S608 - our own tables
        [arn],
    )
    kinds = dict.fromkeys((row["relationshipname"], row["targettype"]) for row in rows)
    of_kind = {
        kind: [row for row in rows if (row["relationshipname"], row["targettype"]) == kind]
        for kind in kinds
    }
    return [Group(*kind, some[0]["of_group"], some) for kind, some in of_kind.items()]


def group(site: Site, request: Request, arn: str, row: Row) -> Response:
    """Show all relations of one name and type."""
    asked = request.query_params
    table = BACKWARD if asked.get("used") else FORWARD
    kind = [arn, asked.get("relation", ""), asked.get("type", "")]
    condition = f"FROM {table} WHERE arn = ? AND relationshipname = ? AND targettype = ?"
    count = site.index.value(f"SELECT count(*) {condition}", kind)
    page = page_number(request.query_params.get("page", ""))
    return site.page(
        request,
        "relations.html",
        made=Made(command=f"cidb2 related {shlex.quote(arn)}"),
        arn=arn,
        row=row,
        relation=kind[1],
        type=kind[2],
        count=count,
        rows=site.index.rows(
            f"""SELECT {_COLUMNS} {condition} ORDER BY target, targetarn
            LIMIT {PAGE_ROWS} OFFSET {PAGE_ROWS * (page - 1)}""",
            kind,
        ),
        page=page,
        last_page=-(-count // PAGE_ROWS),
        address=f"{request.url.path}?",
        reasons=REASONS,
    )


def questions_page(site: Site, request: Request) -> Response:
    """List the questions."""
    return site.page(request, "ask.html", made=Made(command="cidb2 ask"), **_asked())


def ask(site: Site, request: Request) -> Response:
    """Answer a question about relations, with the basis of the answer."""
    name, about = request.path_params["question"], request.query_params.get("about", "").strip()
    wanted = questions().get(name)
    if wanted is None:
        return site.trouble(request, 404, "There is no such question.", "Ask lists the questions.")
    if wanted.argument and not about:
        return site.page(request, "ask.html", **_asked(wanted=wanted))
    rows = _answers(site.index, wanted.question, wanted.values_of(about))
    answers, basis = split(rows)
    command = ["cidb2", "ask", name, *([about] if wanted.argument else [])]
    return site.page(
        request,
        "ask.html",
        made=Made(command=shlex.join(command)),
        **_asked(wanted=wanted, about=about, answers=answers, basis=basis),
    )


def relations_rest_on(index: Index, resource_type: str) -> Basis:
    """Return the basis of a type's relations: its own listing and those of its possible users."""
    rests_on = [resource_type, f"users of {resource_type}"]
    if resource_type not in SERVICE_OF:
        rests_on = ["everything"]
    return split(_answers(index, question_sql(NOTHING, rests_on), []))[1]


def _asked(**told: Any) -> dict[str, Any]:
    nothing = {"wanted": None, "about": "", "answers": None, "basis": None}
    return {"questions": questions(), "most": ANSWERS, **nothing, **told}


def _answers(index: Index, question: str, parameters: Sequence[str]) -> list[Row]:
    """Return the first answers, the first gaps and the basis; `of_part` counts each part."""
    return index.rows(
        f"""SELECT * EXCLUDE (part), count(*) OVER (PARTITION BY part) AS of_part
        FROM (SELECT *, CASE WHEN answer IN ('{NOT_LISTED}', '{RESTS_ON}') THEN answer ELSE '' END
            AS part FROM ({translated(question)}))
        QUALIFY row_number() OVER (PARTITION BY part ORDER BY answer, resourcetype, accountid,
            awsregion, resourcename, arn) <= CASE part WHEN '' THEN {ANSWERS} ELSE {GAPS} END
        ORDER BY part, answer, resourcetype, accountid, awsregion, resourcename, arn""",  # noqa: S608
        list(parameters),
    )
