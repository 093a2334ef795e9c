"""Finds the incomplete scopes that limit an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cidb2.scope import ALL_REGIONS, GLOBAL
from cidb2.types.catalog import SERVICE_OF
from explore.index import Index, Row, one_of


@dataclass(frozen=True)
class BlindSpots:
    """The incomplete scopes that affect an answer, by reason.

    CIDB2 does not collect `uncollected` types. No run has tried the `untried` accounts, regions and
    services.
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
    untried = [
        *_untried(index, "accountid", accounts),
        *_untried(index, "awsregion", regions),
        *_untried(index, "service", services),
    ]
    page = f"/coverage?{urlencode([*named, ('gaps', '1')])}"
    return BlindSpots(reasons, uncollected, untried, page)


def _untried(index: Index, column: str, values: Sequence[str]) -> Sequence[str]:
    """Return the values for which no listing was ever tried."""
    sql = f"SELECT DISTINCT {column} AS tried FROM relation_states"  # noqa: S608 - a name of ours
    tried = {row["tried"] for row in index.rows(sql, [])} if values else ()
    return [value for value in values if value not in tried]
