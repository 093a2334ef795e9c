"""`/coverage` and `/runs`: what was collected, what was not, and why."""

import shlex
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cidb2.services import COLLECTOR_OF, TITLES, collector_title
from explore.index import one_of
from explore.page import page_number
from explore.site import Made, Site, parameter
from lake.saved import saved_queries

ACCOUNTS = 40
GAPS = 100
RUNS = 50
BLIND_SPOTS = "what-could-we-not-see"


def coverage(site: Site, request: Request) -> Response:
    """Show accounts by collector, least complete first, and every incomplete scope."""
    index = site.index
    conditions, values = _chosen(request)
    reasons = parameter(request, "reason")
    page = page_number(request.query_params.get("page", ""))
    scopes = f"FROM coverage WHERE {conditions}"
    if request.query_params.get("gaps"):
        scopes += " AND accountid IN (SELECT accountid FROM blind)"
    accounts = index.rows(
        f"""SELECT accountid, min(oldest) AS oldest {scopes}
        GROUP BY 1 ORDER BY sum(complete) / sum(scopes), accountid
        LIMIT {ACCOUNTS} OFFSET {ACCOUNTS * (page - 1)}""",
        values,
    )
    of_reason = f" AND {one_of('coalesce(reason, outcome)', reasons)}" if reasons else ""
    blind = f"FROM blind WHERE {conditions}{of_reason}"
    return site.page(
        request,
        "coverage.html",
        made=Made(saved_queries()[BLIND_SPOTS].question, _command(request)),
        accounts=accounts,
        cells=_cells(site, [row["accountid"] for row in accounts]),
        collectors=_collectors(site),
        of_accounts=index.value(f"SELECT count(DISTINCT accountid) {scopes}", values),
        page=page,
        reasons=index.rows(
            f"""SELECT coalesce(reason, outcome) AS reason, count(*) AS scopes,
                count(DISTINCT accountid) AS accounts FROM blind WHERE {conditions}
            GROUP BY 1 ORDER BY scopes DESC""",  # noqa: S608
            values,
        ),
        gaps=index.rows(
            f"""SELECT accountid, coalesce(reason, outcome) AS reason, errorcode,
                count(*) AS scopes, list(DISTINCT service ORDER BY service) AS services,
                list(DISTINCT awsregion ORDER BY awsregion) AS regions,
                min(last_complete) AS last_complete, any_value(errormessage) AS errormessage
            {blind} GROUP BY ALL ORDER BY scopes DESC, accountid, reason LIMIT {GAPS}""",
            [*values, *reasons],
        ),
        of_gaps=index.value(f"SELECT count(*) {blind}", [*values, *reasons]),
        page_size=ACCOUNTS,
    )


def runs(site: Site, request: Request) -> Response:
    """List the runs of the last 31 days, newest first."""
    return site.page(
        request,
        "runs.html",
        made=Made(command="cidb2 runs"),
        runs=site.index.rows(
            f"SELECT * FROM runs WHERE service IS NULL ORDER BY runid DESC LIMIT {RUNS}"  # noqa: S608
        ),
    )


def run(site: Site, request: Request) -> Response:
    """Show one run: figures by service, and what could not be collected."""
    index, run_id = site.index, request.path_params["run"]
    found = index.rows("SELECT * FROM runs WHERE runid = ? ORDER BY service NULLS FIRST", [run_id])
    if not found:
        return site.trouble(request, 404, "There is no such run in the last 31 days.", "See Runs.")
    whole, *services = found
    return site.page(
        request,
        "run.html",
        made=Made(
            f"SELECT *\nFROM scopes\nWHERE runid = '{whole['runid']}'",
            f"cidb2 failures {shlex.quote(run_id)}",
        ),
        run=whole,
        services=services,
        most=max((row["items"] for row in services), default=0),
        reasons=index.rows(
            """SELECT coalesce(reason, outcome) AS reason, count(*) AS scopes,
                count(DISTINCT accountid) AS accounts FROM gaps WHERE runid = ?
            GROUP BY 1 ORDER BY scopes DESC""",
            [run_id],
        ),
        gaps=index.rows(
            f"""SELECT accountid, coalesce(reason, outcome) AS reason, errorcode,
                count(*) AS scopes, list(DISTINCT service ORDER BY service) AS services,
                list(DISTINCT awsregion ORDER BY awsregion) AS regions,
                any_value(errormessage) AS errormessage
            FROM gaps WHERE runid = ?
            GROUP BY ALL ORDER BY scopes DESC, accountid, reason LIMIT {GAPS}""",  # noqa: S608
            [run_id],
        ),
    )


def _chosen(request: Request) -> tuple[str, list[str]]:
    conditions, values = ["true"], list[str]()
    for name, column in (("account", "accountid"), ("service", "service")):
        if some := parameter(request, name):
            conditions.append(one_of(column, some))
            values += some
    return " AND ".join(conditions), values


def _command(request: Request) -> str:
    accounts = parameter(request, "account")
    only = f" --account {shlex.quote(accounts[0])}" if len(accounts) == 1 else ""
    return f"cidb2 coverage{only}"


def _collectors(site: Site) -> dict[str, str]:
    """Return the titles of the collectors in the index, in their usual order."""
    services = {row["service"] for row in site.index.rows("SELECT DISTINCT service FROM coverage")}
    asked = {COLLECTOR_OF.get(each, each) for each in services}
    order = [each for each in dict.fromkeys(COLLECTOR_OF.values()) if each in asked]
    titles = {each: collector_title(each) for each in order}
    return titles | {each: TITLES.get(each, each) for each in sorted(asked - {*order})}


def _cells(site: Site, accounts: list[str]) -> dict[tuple[str, str], Any]:
    """Return the scope counts of each account and collector."""
    cells: dict[tuple[str, str], Any] = {}
    of_accounts = f"SELECT * FROM coverage WHERE {one_of('accountid', accounts)}"  # noqa: S608
    for row in site.index.rows(of_accounts, accounts):
        place = row["accountid"], COLLECTOR_OF.get(row["service"], row["service"])
        cell = cells.setdefault(place, dict.fromkeys(_COUNTED, 0))
        for name in _COUNTED:
            cell[name] += row[name]
    for cell in cells.values():
        cell["state"] = _state(cell)
    return cells


_COUNTED = ("scopes", "complete", "partial", "suspended")


def _state(cell: dict[str, int]) -> str:
    if cell["complete"] == cell["scopes"]:
        return "complete"
    if cell["suspended"]:
        return "suspended"
    return "partial" if cell["complete"] + cell["partial"] else "failed"
