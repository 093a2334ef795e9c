"""A run passes through the state machine and comes back as it was."""

import json

from hypothesis import given
from hypothesis import strategies as st

from cidb2.run import AccountList, Publish, Run, RunConfig
from cidb2.services import COLLECTORS, SERVICES
from cidb2.validation import check
from tests.support.builders import RUN_ID, a_config, a_run
from tests.support.events import load_event

names = st.text(min_size=1, max_size=12)
configs = st.builds(
    RunConfig,
    batch_size=st.integers(1, 100),
    large_batch_size=st.integers(1, 1_000),
    large_batch_threshold=st.integers(0, 1_000),
    batch_delay_ms=st.integers(0, 60_000),
    sns_topic_arn=names,
    publish=st.sampled_from(Publish),
    allow_mass_deletion=st.booleans(),
)
runs = st.builds(
    Run,
    run_id=st.just(RUN_ID),
    started_at=names,
    deadline=names,
    services=st.sets(st.sampled_from(SERVICES), min_size=1).map(
        lambda chosen: tuple(name for name in SERVICES if name in chosen)
    ),
    regions=st.none() | st.lists(names, min_size=1, max_size=3).map(tuple),
    accounts=st.builds(AccountList, bucket=names, key=names, count=st.integers(1)),
    account_concurrency=st.integers(1, 1_000),
    config=configs,
    excluded_regions=st.lists(names, max_size=3).map(tuple),
    types=st.lists(names, max_size=3).map(tuple),
    organization_account=st.just("") | st.from_regex("[1-9]{12}", fullmatch=True),
)


@given(runs)
def test_a_run_comes_back_from_the_machines_state(run: Run) -> None:
    state = json.loads(json.dumps(run.to_state()))
    assert Run.parse(state) == run


@given(runs)
def test_the_state_of_a_run_is_what_collectors_accept(run: Run) -> None:
    event = load_event("collector") | {"run": run.to_state()}
    check("collection-request", json.loads(json.dumps(event)), "event")


def test_the_state_of_a_run_of_all_types_is_as_earlier_releases_accept_and_write_it() -> None:
    state = a_run().to_state()
    assert not {"types", "organizationAccount"} & state.keys()
    assert (Run.parse(state).types, Run.parse(state).organization_account) == ((), "")


def test_the_state_says_yes_or_no_for_every_collector() -> None:
    state = a_run(services=("kms", "lambda")).to_state()
    assert state["services"] == ["kms", "lambda"]
    assert state["collectors"] == {one: one in ("kms", "compute") for one in COLLECTORS}


def test_only_one_account_has_the_services_of_the_organisation() -> None:
    run = a_run(services=("kms", "organizations"), organization_account="111122223333")
    assert run.services_in("111122223333") == ("kms", "organizations")
    assert run.services_in("444455556666") == ("kms",)
    assert a_run(services=("organizations",)).services_in("111122223333") == ()


def test_a_run_wants_what_it_names_less_what_it_excludes() -> None:
    every, some = a_run(excluded_regions=("b",)), a_run(regions=("a", "b"), excluded_regions=("b",))
    assert [every.wants(region) for region in "abc"] == [True, False, True]
    assert [some.wants(region) for region in "abc"] == [True, False, False]


def test_a_run_publishes_everything_and_holds_mass_deletions_unless_it_says_otherwise() -> None:
    config = a_config()
    assert (config.publish, config.allow_mass_deletion) == (Publish.FULL, False)
