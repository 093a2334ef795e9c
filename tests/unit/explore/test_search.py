"""What a URL asks for, as conditions, links and commands."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explore.search import LAST_PAGE, Search, lake_column
from tests.support import hostile

KNOWN = ("AWS::EC2::Instance", "AWS::IAM::Role", "AWS::RDS::DBInstance", "AWS::S3::Bucket")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
parameters = st.lists(
    st.tuples(
        st.sampled_from(["q", "type", "account", "region", "tag", "tag:Owner", "sort", "page"]),
        texts,
    ),
    max_size=6,
)


def of(**asked: str) -> Search:
    return Search.of([*asked.items()], KNOWN)


@pytest.mark.parametrize(
    ("box", "search"),
    [
        ("prod data", Search(q="prod data")),
        ("type:role prod", Search(q="prod", types=("AWS::IAM::Role",))),
        ("type:Instance", Search(types=("AWS::EC2::Instance",))),
        ("type:nothing", Search(types=("nothing",))),
        ("account:1 account:2 region:global", Search(accounts=("1", "2"), regions=("global",))),
        ("tag:Owner", Search(tags=(("Owner", None),))),
        ("tag:Owner=a=b", Search(tags=(("Owner", "a=b"),))),
        ('tag:"Cost Centre"="a b" "c d"', Search(q="c d", tags=(("Cost Centre", "a b"),))),
        ("change:created", Search(change="CREATED")),
        ("change:nothing", Search()),
        ("arn:aws:s3:::bucket", Search(q="arn:aws:s3:::bucket")),
        ("type: tag: :", Search(q="type: tag: :")),
        ('"', Search()),
    ],
)
def test_the_box_says_what_parameters_say(box: str, search: Search) -> None:
    assert of(q=box) == search


@given(parameters)
def test_a_link_asks_for_the_same(asked: list[tuple[str, str]]) -> None:
    search = Search.of(asked, KNOWN)
    assert Search.of(search.pairs(), KNOWN).pairs() == search.pairs()


@given(parameters)
def test_every_value_is_a_parameter(asked: list[tuple[str, str]]) -> None:
    condition, values = Search.of(asked, KNOWN).where()
    assert condition.count("?") == len(values)
    assert "'" not in condition


@given(texts)
def test_a_shell_takes_a_command_as_it_is_meant(text: str) -> None:
    told = Search(types=KNOWN[:1], tags=((f"k{text}", text),)).command()
    assert shlex.split(told) == [
        *("cidb2", "find", "--type", KNOWN[0], "--tag", f"k{text}={text}"),
    ]


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "", "²", "9" * 30])
def test_an_odd_page_is_the_first(page: str) -> None:
    assert of(page=page).page == 1


def test_pages_end() -> None:
    assert of(page="99999").page == LAST_PAGE


def test_a_changed_search_begins_at_its_first_page() -> None:
    search = Search(q="prod", page=7)
    assert search.parameters() == "q=prod"
    assert search.parameters(page=8) == "q=prod&page=8"


def test_each_choice_can_be_dropped() -> None:
    search = Search(types=KNOWN[:2], tags=(("Owner", None),), change="CREATED")
    without = [each for _, _, each in search.chosen()]
    assert len(without) == 4
    assert all(len(each) < len(search.parameters()) for each in without)


@pytest.mark.parametrize(
    ("words", "handle"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("FE80::1", "fe80::1"),
        ("0a:1b:2c:3d:4e:5f", "0a:1b:2c:3d:4e:5f"),
        ("AKIAIOSFODNN7EXAMPLE", "akiaiosfodnn7example"),
        ("db.example.com.", "db.example.com"),
        ("prod", ""),
        ("10.1.2", ""),
        ("a b.example.com", ""),
    ],
)
def test_addresses_and_names_of_hosts_are_known_as_such(words: str, handle: str) -> None:
    assert Search(q=words).handle == handle


@pytest.mark.parametrize("text", hostile.IN_JSON)
def test_a_text_in_sql_is_a_literal(text: str) -> None:
    quoted = text.replace("'", "''")
    assert f"'{quoted}'" in Search(tags=(("Owner", text),)).lake_sql()
    assert f"'{quoted}'" in lake_column(f"tag:{text}")
