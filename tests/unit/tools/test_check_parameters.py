"""What stands in samconfig.toml is judged before a build: one line names what is wrong."""

from pathlib import Path

import pytest

from local.deployment.parameters import InvalidParameterError
from tests.support.template import ROOT
from tools.check_parameters import SCHEDULE_INPUT, check_parameters, overrides

WITHOUT_QUOTES = 'InventoryScheduleInput={"exclude_regions":["ap-east-1"]}'


@pytest.mark.parametrize("environment", ["default", "dev", "prod"])
def test_what_the_project_ships_is_good(environment: str) -> None:
    check_parameters(overrides(ROOT / "samconfig.toml", environment))


def test_json_in_quotes_is_read_as_the_sam_cli_reads_it(tmp_path: Path) -> None:
    given = read(
        tmp_path, """ExcludedRegions=a-b-1,c-d-2 InventoryScheduleInput='{"regions":[]}'"""
    )
    assert given == {"ExcludedRegions": "a-b-1,c-d-2", SCHEDULE_INPUT: '{"regions":[]}'}


def test_json_without_quotes_which_the_sam_cli_cuts_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match=r"InventoryScheduleInput: '\{' is not allowed"):
        check_parameters(read(tmp_path, WITHOUT_QUOTES))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ExcludedRegion": "eu-west-1"}, "the template has no parameter ExcludedRegion"),
        ({"ExcludedRegions": "Ireland"}, "parameter ExcludedRegions: 'Ireland' is not allowed: re"),
        ({"ExcludedAccounts": "12345"}, "parameter ExcludedAccounts: '12345' is not allowed: 12-"),
        ({SCHEDULE_INPUT: "{accounts: []}"}, "parameter InventoryScheduleInput: Expecting prop"),
        (
            {SCHEDULE_INPUT: '{"exclude_regions": ["Ireland"]}'},
            "parameter InventoryScheduleInput: exclude_regions[0]: 'Ireland' does not match",
        ),
        (
            {SCHEDULE_INPUT: '{"excluded": []}'},
            "parameter InventoryScheduleInput: input: Additional properties are not allowed",
        ),
    ],
)
def test_one_message_names_the_parameter_and_the_field(given: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        check_parameters(given)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def read(folder: Path, text: str) -> dict[str, str]:
    config = folder / "samconfig.toml"
    config.write_text(f"[prod.deploy.parameters]\nparameter_overrides = '''{text}'''\n")
    return overrides(config, "prod")
