"""Which regions of a service of an account a run collects, and which it misses."""

from collections.abc import Collection, Sequence

from cidb2.aws.regions import Regions
from cidb2.collecting.service import Service
from cidb2.items.inventory import KnownByRegion
from cidb2.ledger.writer import Ledger
from cidb2.run import Run
from cidb2.scope import ALL_REGIONS


class RegionPlan:
    """The regions of one service of one account in a run."""

    def __init__(self, run: Run, account_id: str, service: Service, ledger: Ledger) -> None:
        self._run = run
        self._account_id = account_id
        self._service = service
        self._ledger = ledger

    def wanted(self, regions: Regions) -> Regions:
        """Return which of the account's regions the run collects, and which it cannot."""
        run = self._run
        enabled = [region for region in regions.enabled if run.wants(region)]
        if run.regions is None:
            disabled = [region for region in regions.disabled if run.wants(region)]
        else:
            disabled = sorted(set(run.regions) - set(enabled))
        return Regions(enabled, disabled, regions.unnamed)

    def record(self, regions: Regions, known: KnownByRegion) -> Sequence[str]:
        """Record which scopes will get a row; return those that the run misses.

        A region that the account has not enabled is a gap only if the run names it or the inventory
        has resources of the run's listings in it; an excluded region is never one. If AWS left a
        region unnamed, it may be any that was ever collected.
        """
        service = self._service
        named = self._run.regions or self._with_resources(known)
        expected = {*filter(self._run.wants, named)}
        if regions.unnamed and service.is_regional:
            expected |= {*self._attempted()} - {ALL_REGIONS, *regions.disabled}
        missed = sorted(expected - set(regions.enabled)) if service.is_regional else []
        self._ledger.plan(
            self._run.run_id,
            service.name,
            self._account_id,
            [*regions.enabled, *missed],
            not_enabled=regions.disabled,
        )
        return missed

    def owed(self, begun: Collection[str]) -> Sequence[str]:
        """Return the regions that still need a row; an earlier attempt may have written some.

        `begun` are those that an earlier invocation has opened, if there was one.
        """
        name = self._service.name
        recorded = self._ledger.recorded_regions(self._run.run_id, self._account_id, name)
        return [region for region in begun or self._attempted() if region not in recorded]

    def _attempted(self) -> Sequence[str]:
        return self._ledger.owed_regions(self._run, self._account_id, self._service.name)

    def _with_resources(self, known: KnownByRegion) -> Sequence[str]:
        names = {listing.name for listing in self._service.listings}
        return [region for region, listings in known.items() if not names.isdisjoint(listings)]
