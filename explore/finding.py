"""`/`, `/resources` and `/pivot`: the current resources, from the index."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from explore.blind import blind_spots
from explore.index import Index, Row
from explore.page import page_of
from explore.search import (
    DIMENSIONS,
    LAST_PAGE,
    NO_TAG,
    OTHERS,
    PAGE_ROWS,
    PIVOTS,
    SHOWN,
    SORTS,
    TAG,
    Search,
    lake_column,
)
from explore.site import Made, Site
from lake.export import harmless

FACET_VALUES = 12
TYPES_NAMED = 14
CHANGES_NAMED = 8
CELLS = {"one": 40, "other": 12}
"""Maximum rows and columns of a pivot; the others are combined."""

ROWS_AT_ONCE = 1000
DOWNLOADED = (*SHOWN.split(", "), "resourceid", "tags")


def start(site: Site, request: Request) -> Response:
    """Show the search box, examples, freshness, completeness and counts."""
    index = site.index
    types = sorted(index.types.items(), key=lambda each: -each[1])
    [totals] = index.rows(
        """SELECT count(*) AS resources, count(DISTINCT accountid) AS accounts,
            count(DISTINCT awsregion) FILTER (awsregion <> 'global') AS regions FROM listed"""
    )
    scopes = index.rows(
        "SELECT sum(scopes)::BIGINT AS scopes, sum(complete)::BIGINT AS complete FROM coverage"
    )
    return site.page(
        request,
        "start.html",
        made=Made(sql="SELECT resourcetype, count(*) AS resources\nFROM resources\nGROUP BY 1"),
        blind=blind_spots(index),
        types=types[:TYPES_NAMED],
        all_types=len(types),
        totals=totals,
        scopes=scopes[0],
        runs=index.rows("SELECT * FROM runs WHERE service IS NULL ORDER BY runid DESC LIMIT 1"),
        changed=index.rows(
            f"""SELECT {SHOWN}, change, seen FROM listed WHERE change IN ('CREATED', 'CHANGED')
            ORDER BY seen DESC, n LIMIT {CHANGES_NAMED}"""  # noqa: S608
        ),
        address=index.rows("SELECT handle FROM handles WHERE starts_with(handle, '10.') LIMIT 1"),
        tag=index.rows("SELECT key FROM tag_keys LIMIT 1"),
    )


def resources(site: Site, request: Request) -> Response:
    """Show the search results, with facets that narrow them."""
    index = site.index
    search = Search.of(request.query_params.multi_items(), index.types)
    if search.q.startswith("arn:") and index.rows(
        "SELECT n FROM listed WHERE arn = ? LIMIT 1", [search.q]
    ):
        return RedirectResponse(page_of(search.q), 303)
    count, facets = _facets(index, search)
    pages = -(-count // PAGE_ROWS)
    return site.page(
        request,
        "resources.html",
        made=Made(search.lake_sql(), search.command()),
        blind=blind_spots(index, search.accounts, search.regions, search.types),
        search=search,
        count=count,
        rows=_page(index, search),
        pages=pages,
        last_page=min(pages, LAST_PAGE),
        facets=facets,
        tag_keys=index.rows("SELECT key FROM tag_keys"),
    )


def download(site: Site, request: Request) -> Response:
    """Download all results as JSON, or as CSV without formulas."""
    index = site.index
    search = Search.of(request.query_params.multi_items(), index.types)
    where, values = search.where()
    is_csv = request.url.path.endswith(".csv")
    chosen = [harmless(f"{each}::VARCHAR") if is_csv else each for each in DOWNLOADED[:-1]]
    tags = "CASE WHEN tagged IS NOT NULL THEN to_json(tagged) END"
    sql = f"""SELECT {", ".join([*chosen, harmless(f"{tags}::VARCHAR") if is_csv else tags])}
        FROM listed WHERE {where} ORDER BY n"""  # noqa: S608 - names of ours
    rows = index.stream(sql, values, ROWS_AT_ONCE)
    next(rows)
    return StreamingResponse(
        _as_csv(rows) if is_csv else _as_json(rows),
        media_type="text/csv; charset=utf-8" if is_csv else "application/json",
        headers={"content-disposition": f'attachment; filename="{request.url.path[1:]}"'},
    )


def pivot(site: Site, request: Request) -> Response:
    """Count resources by one or two dimensions."""
    index = site.index
    search = Search.of(request.query_params.multi_items(), index.types)
    of_rows = _known(request.query_params.get("rows", "")) or "type"
    of_columns = _known(request.query_params.get("columns", ""))
    where, values = search.where()
    names = [_dimension(each) for each in (of_rows, of_columns) if each]
    found = index.rows(
        f"""SELECT {names[0][0]} AS one, {names[1][0] if of_columns else "NULL"} AS other,
            count(*) AS n FROM listed WHERE {where} GROUP BY 1, 2""",  # noqa: S608
        [*(value for _, some in names for value in some), *values],
    )
    rows, columns, cells = _cells(found)
    largest = max((cells[row, ""] for row in rows), default=0)
    return site.page(
        request,
        "pivot.html",
        made=Made(sql=_pivot_sql(search, [of_rows, of_columns])),
        blind=blind_spots(index, search.accounts, search.regions, search.types),
        search=search,
        of_rows=of_rows,
        of_columns=of_columns,
        rows=rows,
        columns=columns if of_columns else [],
        cells=cells,
        largest=largest,
        dimensions=[*PIVOTS, *(f"{TAG}{each['key']}" for each in _tag_keys(index))],
    )


def _page(index: Index, search: Search) -> list[Row]:
    where, values = search.where()
    return index.rows(
        f"""SELECT {SHOWN}, service, change FROM listed WHERE {where}
        ORDER BY {SORTS[search.sort]} LIMIT {PAGE_ROWS} OFFSET {PAGE_ROWS * (search.page - 1)}""",  # noqa: S608
        values,
    )


def _facets(index: Index, search: Search) -> tuple[int, dict[str, list[Row]]]:
    """Return the number of results, and the most frequent values of each facet.

    A facet counts the results of all choices except its own. The common part is computed once.
    """
    found, values = search.beside_facets()
    parts, chosen = list[str](), [*values]
    for name, column in DIMENSIONS.items():
        where, some = search.in_facets(but=name)
        parts.append(
            f"""(SELECT '{name}' AS facet, {column} AS value, count(*) AS n FROM found
            WHERE {where} GROUP BY 2 ORDER BY n DESC, value LIMIT {FACET_VALUES})"""  # noqa: S608
        )
        chosen += some
    where, some = search.in_facets()
    parts.append(f"SELECT '', '', count(*) FROM found WHERE {where}")  # noqa: S608
    rows = index.rows(
        f"""WITH found AS MATERIALIZED (
            SELECT {", ".join(DIMENSIONS.values())} FROM listed WHERE {found}
        ) {" UNION ALL ".join(parts)}""",  # noqa: S608
        [*chosen, *some],
    )
    facets = {name: [row for row in rows if row["facet"] == name] for name in DIMENSIONS}
    return next(row["n"] for row in rows if not row["facet"]), facets


def _tag_keys(index: Index) -> list[Row]:
    return index.rows("SELECT key FROM tag_keys LIMIT 30")


def _known(dimension: str) -> str:
    """Return the dimension if it exists, otherwise an empty string."""
    is_tag = dimension.startswith(TAG) and dimension != TAG
    return dimension if is_tag or dimension in PIVOTS else ""


def _dimension(name: str) -> tuple[str, list[Any]]:
    """Return a dimension's SQL expression and its parameters."""
    if name.startswith(TAG):
        return f"coalesce(tagged[?], '{NO_TAG}')", [name.removeprefix(TAG)]
    return DIMENSIONS.get(name, name), []


def _pivot_sql(search: Search, names: Sequence[str]) -> str:
    told = ", ".join(lake_column(each) for each in names if each)
    numbers = ", ".join(str(n + 1) for n, each in enumerate(filter(None, names)))
    return f"{search.lake_sql(f'{told}, count(*) AS resources')}\nGROUP BY {numbers}"


def _cells(found: Sequence[Row]) -> tuple[list[str], list[str], dict[tuple[str, str], int]]:
    """Return row names, column names (both by count, descending) and the count of each cell."""
    ones, others = (_named(found, side, most) for side, most in CELLS.items())
    cells: dict[tuple[str, str], int] = {}
    for row in found:
        one = str(row["one"]) if str(row["one"]) in ones else OTHERS
        other = str(row["other"]) if str(row["other"]) in others else OTHERS
        cells[one, other] = cells.get((one, other), 0) + row["n"]
        cells[one, ""] = cells.get((one, ""), 0) + row["n"]
    return ones, others, cells


def _named(found: Sequence[Row], side: str, most: int) -> list[str]:
    sums: dict[str, int] = {}
    for row in found:
        name = str(row[side])
        sums[name] = sums.get(name, 0) + row["n"]
    names = sorted(sums, key=lambda name: (-sums[name], name))
    return [*names[:most], OTHERS] if len(names) > most else names


def _as_csv(rows: Iterator[Sequence[Any]]) -> Iterator[str]:
    yield _csv_line(DOWNLOADED)
    for row in rows:
        yield _csv_line(row)


def _csv_line(row: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(row)
    return line.getvalue()


def _as_json(rows: Iterator[Sequence[Any]]) -> Iterator[str]:
    before = "["
    for *facts, tags in rows:
        told = dict(zip(DOWNLOADED, [*facts, json.loads(tags) if tags else None], strict=True))
        yield f"{before}\n{json.dumps(told)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"
