"""ARNs are made of an entry, and judged by what an item says."""

from typing import Any

import pytest

from cidb2.types.arns import ArnTemplate
from cidb2.types.paths import first

OF_SCOPE = {"partition": "aws-cn", "region": "cn-north-1", "account": "123456789012"}


def made(text: str, entry: Any, *, has_region: bool = True) -> str | None:
    template = ArnTemplate.parse(text, "ec2", has_region=has_region)
    return template.make(OF_SCOPE, lambda path: first(path, entry))


@pytest.mark.parametrize(
    ("text", "arn"),
    [
        ("volume/{VolumeId}", "arn:aws-cn:ec2:cn-north-1:123456789012:volume/vol-1"),
        ("{VolumeId}:{region}", "arn:aws-cn:ec2:cn-north-1:123456789012:vol-1:cn-north-1"),
        (
            "arn:{partition}:es:{region}::domain/{Zone/}",
            "arn:aws-cn:es:cn-north-1::domain/Z1",
        ),
        ("volume/{Missing}", None),
        ("volume{/VolumeId}", "arn:aws-cn:ec2:cn-north-1:123456789012:volume/vol-1"),
        ("volume{/Zone}", "arn:aws-cn:ec2:cn-north-1:123456789012:volume/hostedzone/Z1"),
        ("{VolumeId}{/Missing}", "arn:aws-cn:ec2:cn-north-1:123456789012:vol-1"),
        ("volume{/*}/{VolumeId}", None),
        ("volume/*/{VolumeId}", None),
    ],
)
def test_an_arn_is_made_of_scope_and_entry(text: str, arn: str | None) -> None:
    assert made(text, {"VolumeId": "vol-1", "Zone": "/hostedzone/Z1"}) == arn


def test_an_arn_of_a_global_service_names_no_region() -> None:
    arn = "arn:aws-cn:ec2::123456789012:role/x/y"
    assert made("role{Path}{Name}", {"Path": "/x/", "Name": "y"}, has_region=False) == arn


def test_braces_in_a_name_are_not_filled_in() -> None:
    made_arn = made("key-pair/{KeyName}", {"KeyName": "{region} {KeyName} *"})
    assert made_arn == "arn:aws-cn:ec2:cn-north-1:123456789012:key-pair/{region} {KeyName} *"


@pytest.mark.parametrize(
    ("text", "known", "resource", "fits"),
    [
        ("volume/{Id}", {"Id": "vol-1"}, "volume/vol-1", True),
        ("volume/{Id}", {"Id": "vol-1"}, "volume/vol-2", False),
        ("volume/{Id}", {"Id": "vol-1"}, "volume/x/vol-1", False),
        ("volume/{Id}", {"Id": None}, "volume/None", False),
        ("volume/{Id}", {"Id": "a/b"}, "volume/a/b", True),
        ("key-pair/{Name}", {"Id": "key-1", "Name": "(.*"}, "key-pair/(.*", True),
        ("role{Path}{Name}", {"Name": "y"}, "role/y", True),
        ("role{Path}{Name}", {"Name": "y"}, "role/a/b/y", True),
        ("role{Path}{Name}", {"Name": "y"}, "role/ay", False),
        ("role{Path}{Name}", {"Name": "y"}, "rolex/y", False),
        ("balancer/*/{Name}/*", {"Name": "web"}, "balancer/app/web/50dc", True),
        ("balancer/*/{Name}/*", {"Name": "web"}, "balancer/app/db/50dc", False),
        ("secret:{Name}-*", {"Name": "a/b-c"}, "secret:a/b-c-x1y2z3", True),
        ("volume/{Id}", {"Id": "vol-1"}, "volume/vol-1\n", False),
        ("parameter{/Name}", {"Name": "/a/b"}, "parameter/a/b", True),
        ("parameter{/Name}", {"Name": "b"}, "parameter/b", True),
        ("set/{Name}/{Type}{/Id}", {"Name": "a"}, "set/a/TXT/b/c", True),
        ("set/{Name}/{Type}{/Id}", {"Name": "a"}, "set/a/TXT", True),
        ("set/{Name}/{Type}{/Id}", {"Name": "a"}, "set/b/TXT/c", False),
        ("parameter{/Name}", {"Name": "b"}, "parameter/a/b", False),
        ("parameter{/Name}", {"Name": None}, "parameter", True),
        ("parameter{/Name}", {"Name": "b"}, "parameter", False),
        ("parameter{/Name}", {}, "parameter/a/b", True),
        ("rule{/*}/{Name}", {"Name": "x"}, "rule/x", True),
        ("rule{/*}/{Name}", {"Name": "x"}, "rule/aws.partner/a/x", True),
        ("rule{/*}/{Name}", {"Name": "x"}, "rule/x/y", False),
    ],
)
def test_an_arn_fits_by_what_is_known(
    text: str, known: dict[str, str | None], resource: str, *, fits: bool
) -> None:
    assert ArnTemplate.parse(text, "ec2", has_region=True).fits(resource, known) is fits


def test_an_unknown_name_has_slashes_only_where_that_is_allowed() -> None:
    template = ArnTemplate.parse("key-pair/{Name}", "ec2", has_region=True)
    assert not template.fits("key-pair/a/b", {})
    assert template.fits("key-pair/a/b", {}, slashes=True)
    assert not template.fits("volume/a/b", {}, slashes=True)


@pytest.mark.parametrize("text", ["arn:aws:ec2:::x", "arn:{partition}:ec2:{region}:{account}", ""])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the template"):
        ArnTemplate.parse(text, "ec2", has_region=True)


@pytest.mark.parametrize(
    ("text", "account", "is_right"),
    [
        ("volume/{VolumeId}", "123456789012", True),
        ("volume/{VolumeId}", "210987654321", False),
        ("arn:{partition}:es:{region}::domain/{Zone}", "", True),
        ("arn:{partition}:es:{region}::domain/{Zone}", "123456789012", False),
        ("arn:{partition}:organizations::*:ou/*/{Id}", "210987654321", True),
        ("arn:{partition}:organizations::*:ou/*/{Id}", "aws", False),
        ("arn:{partition}:organizations::*:ou/*/{Id}", "", False),
    ],
)
def test_the_account_of_an_arn_is_that_of_its_scope_unless_the_template_leaves_it_open(
    text: str, account: str, is_right: bool
) -> None:
    template = ArnTemplate.parse(text, "ec2", has_region=True)
    assert template.fits_account(account, "123456789012") is is_right


def test_an_arn_whose_account_only_aws_knows_is_not_made() -> None:
    assert made("arn:{partition}:ec2::*:volume/{VolumeId}", {"VolumeId": "vol-1"}) is None
