"""Messages have attributes for filter policies, and SNS counts the bytes of these too."""

from cidb2.items.item import Change, message_attributes
from cidb2.publishing.messages import message_size, sns_attributes
from tests.support.builders import an_item


def test_effects_are_an_attribute_of_which_a_filter_policy_matches_any() -> None:
    item = an_item(change=Change.CHANGED, effects=["EXPOSURE_WIDENED", "TRUST_ADDED"])
    assert sns_attributes(message_attributes(item))["effects"] == {
        "DataType": "String.Array",
        "StringValue": '["EXPOSURE_WIDENED","TRUST_ADDED"]',
    }


def test_an_item_without_effects_has_no_such_attribute() -> None:
    for item in (an_item(), an_item(change=Change.CHANGED, effects=[])):
        assert "effects" not in sns_attributes(message_attributes(item))


def test_a_message_has_the_bytes_of_body_and_of_names_types_and_values() -> None:
    attributes: dict[str, str | list[str]] = {"a": "é", "bc": ["X", "Y"]}
    of_text, of_list = len("aString") + 2, len('bcString.Array["X","Y"]')
    assert message_size("body", attributes) == 4 + of_text + of_list
