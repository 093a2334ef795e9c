"""The row of a service's coverage in one account: 17 complete regions take less than 1 KB."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cidb2.aws.table import Row
from cidb2.ledger.compact import milliseconds, of_region, shared, time_of
from cidb2.ledger.coverage import NO_COMPLETION, Attempt, Completion, Covered
from cidb2.scope import Outcome, Scope

_WHOLE = {"outcome": Outcome.COMPLETE.value}


def coverage_key(account_id: str, service: str) -> dict[str, str]:
    """Return the key of a service's coverage in an account."""
    return {"pk": f"account#{account_id}", "sk": f"covered#{service}"}


def earlier_key(scope: Scope) -> dict[str, str]:
    """Return the key of a scope's coverage in earlier releases."""
    return {
        "pk": f"account#{scope.account_id}",
        "sk": f"coverage#{scope.service}#{scope.region}",
    }


def coverage_fields(account_id: str, service: str, regions: Mapping[str, Covered]) -> Row:
    """Return the fields of the row.

    `runs` and `attempts` are lists of what several regions refer to by number; times are
    milliseconds before `until`. A region that was complete at its last attempt is one text: the
    number of the run, and when the listing began and ended.
    """
    until = max(covered.attempt.ended for covered in regions.values())
    writer = _Writer(until)
    entries = {region: writer.entry(region, covered) for region, covered in regions.items()}
    return {
        "service": service,
        "accountId": account_id,
        "until": time_of(until),
        "runs": [*writer.runs],
        "attempts": [*writer.attempts],
        "regions": entries,
    }


def regions_covered(row: Row) -> dict[str, Covered]:
    """Return the coverage in a row, by region."""
    reader = _Reader(row)
    return {region: reader.covered(region, entry) for region, entry in row["regions"].items()}


def by_service(rows: Iterable[Row]) -> Iterator[tuple[str, dict[str, Covered]]]:
    """Yield each service's coverage, from the rows of one account.

    The rows of earlier releases count until the service has its own row.
    """
    services: dict[str, dict[str, Covered]] = {}
    earlier: dict[str, dict[str, Covered]] = {}
    for row in rows:
        if "regions" in row:
            services[row["service"]] = regions_covered(row)
        else:
            covered = Covered.of_earlier_release(row)
            earlier.setdefault(row["service"], {})[row["awsRegion"]] = covered
    yield from sorted((earlier | services).items())


class _Writer:
    """Writes entries, and collects what they share."""

    def __init__(self, until: int) -> None:
        self.runs: dict[str, int] = {}
        self.attempts: dict[str, int] = {}
        self._until = until

    def entry(self, region: str, covered: Covered) -> Any:
        attempt, complete = covered.attempt, covered.complete
        was_complete = (complete.ended, complete.run_id) == (attempt.ended, attempt.run_id)
        if was_complete and attempt.told == _WHOLE and not covered.apart:
            return self._completion(complete)
        return {
            "attempt": " ".join(
                (
                    str(_number(self.attempts, shared(attempt.told, region))),
                    str(_number(self.runs, attempt.run_id)),
                    str(self._until - attempt.ended),
                )
            ),
            "complete": self._completion(complete),
            "apart": {name: self._completion(each) for name, each in covered.apart.items()},
            **(
                {}
                if covered.missed_since is None
                else {"missedSince": self._until - covered.missed_since}
            ),
        }

    def _completion(self, completion: Completion) -> str:
        if completion == NO_COMPLETION:
            return ""
        run = _number(self.runs, completion.run_id)
        return f"{run} {self._until - completion.began} {self._until - completion.ended}"


class _Reader:
    """Reads entries of a row."""

    def __init__(self, row: Row) -> None:
        self._runs, self._attempts = row["runs"], row["attempts"]
        self._until = milliseconds(row["until"])

    def covered(self, region: str, entry: Any) -> Covered:
        if isinstance(entry, str):
            complete = self._completion(entry)
            return Covered(Attempt(complete.ended, complete.run_id, {**_WHOLE}), complete)
        told, run, ended = map(int, entry["attempt"].split())
        missed = entry.get("missedSince")
        return Covered(
            Attempt(self._until - ended, self._runs[run], of_region(self._attempts[told], region)),
            self._completion(entry["complete"]),
            {name: self._completion(each) for name, each in sorted(entry["apart"].items())},
            None if missed is None else self._until - missed,
        )

    def _completion(self, text: str) -> Completion:
        if not text:
            return NO_COMPLETION
        run, began, ended = map(int, text.split())
        return Completion(self._until - began, self._until - ended, self._runs[run])


def _number(known: dict[str, int], text: str) -> int:
    """Return the number of a text among those known, which it joins."""
    return known.setdefault(text, len(known))
