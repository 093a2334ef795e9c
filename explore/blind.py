"""Finds the incomplete scopes that limit an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from urllib.parse import urlencode

from cidb2.scope import ALL_REGIONS, GLOBAL
from cidb2.types.catalog import SERVICE_OF
from explore.index import Index, Row, one_of


@dataclass(frozen=True)
class BlindSpots:
    """The incomplete scopes that affect an answer, by reason.

    CIDB2 does not collect `uncollected` types. No run has tried the `untried` accounts, regions and
    services, or these together.
    """

    reasons: Sequence[Row]
    uncollected: Sequence[str]
    untried: Sequence[str]
    page: str

    @property
    def scopes(self) -> int:
        return sum(row["scopes"] for row in self.reasons)


def blind_spots(
    index: Index,
    accounts: Sequence[str] = (),
    regions: Sequence[str] = (),
    types: Sequence[str] = (),
) -> BlindSpots:
    """Return the incomplete scopes that may contain matching resources; all if nothing is named."""
    services = sorted({SERVICE_OF[each] for each in types if each in SERVICE_OF})
    chosen = {
        "accountid": accounts,
        "awsregion": [*regions, ALL_REGIONS, GLOBAL] if regions else (),
        "service": services if services or not types else [""],
    }
    conditions = [one_of(column, values) for column, values in chosen.items() if values]
    reasons = index.rows(
        f"""SELECT coalesce(reason, outcome) AS reason, count(*) AS scopes,
            count(DISTINCT accountid) AS accounts, any_value(accountid) AS account
        FROM blind WHERE {" AND ".join(conditions) or "true"}
        GROUP BY 1 ORDER BY scopes DESC, reason""",  # noqa: S608 - names of ours
        [value for values in chosen.values() for value in values],
    )
    named = [*(("account", each) for each in accounts), *(("service", each) for each in services)]
    uncollected = [each for each in types if each not in SERVICE_OF]
    untried = _untried(index, {"accountid": accounts, "service": services, "awsregion": regions})
    page = f"/coverage?{urlencode([*named, ('gaps', '1')])}"
    return BlindSpots(reasons, uncollected, untried, page)


def _untried(index: Index, chosen: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Return the values for which no listing was ever tried, or else the combinations of them."""
    named = {column: values for column, values in chosen.items() if values}
    each = [_missing(index, {column: values}) for column, values in named.items()]
    return [value for missing in each for value in missing] or _missing(index, named)


def _missing(index: Index, named: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Return the combinations of the columns' values for which no listing was ever tried.

    For a region, it is enough that a service is global or an account failed in all regions.
    """
    if not named:
        return []
    wider = [ALL_REGIONS] if "accountid" in named else []
    wider += [GLOBAL] if "service" in named else []
    given = {**named, "awsregion": [*named.get("awsregion", ()), *wider]}
    conditions = " AND ".join(one_of(column, given[column]) for column in named)
    rows = index.rows(
        f"""SELECT DISTINCT {", ".join(named)} FROM relation_states
        WHERE reason IS DISTINCT FROM 'NOT_COLLECTED' AND {conditions}""",  # noqa: S608
        [value for column in named for value in given[column]],
    )
    tried = {tuple(row.values()) for row in rows}

    def ways(wanted: tuple[str, ...]) -> set[tuple[str, ...]]:
        """Return the rows that show a try; the region comes last."""
        others = [(*wanted[:-1], place) for place in wider] if "awsregion" in named else []
        return {wanted, *others}

    return [" ".join(each) for each in product(*named.values()) if tried.isdisjoint(ways(each))]
