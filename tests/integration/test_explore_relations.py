"""Relations and questions in `cidb2 explore`, held against the answers of the lake."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from cidb2.reasons import Reason
from cidb2.scope import Scope
from explore.page import page_of
from lake.duck import open_lake
from lake.saved import questions, with_resources
from tests.support.builders import ACCOUNT
from tests.support.explored import Explored, explored
from tests.support.planted_lake import PlantedLake, of_type
from tests.support.related_world import OTHER, USED_KEY, plant

REGION = "eu-west-1"
GROUP = of_type("AWS::EC2::SecurityGroup", "sg-0123456789abcdef0", REGION)
MANY = [
    of_type(
        "AWS::EC2::NetworkInterface",
        f"eni-{number:08x}",
        REGION,
        configuration={"Groups": [{"GroupId": GROUP.resource_id}]},
    )
    for number in range(300)
]
ARGUMENTS = {
    "who-owns": ("10.0.0.5", "nothing.example.com", "10.0.0.1'; --"),
    "what-uses": (USED_KEY.arn, "alias/disks", USED_KEY.resource.resource_id, '"é'),
    "belongs-to": ("Team=payments", "Owner", '{"Team": "x"}'),
}


@pytest.fixture(scope="module")
def related(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explored]:
    planted = PlantedLake(tmp_path_factory.mktemp("lake"))
    plant(planted)
    with explored(planted.folder, tmp_path_factory.mktemp("index")) as each:
        yield each


@pytest.fixture(scope="module")
def pages(related: Explored) -> TestClient:
    return related.client()


def lake_says(related: Explored, sql: str, parameters: list[str] | None = None) -> list[Any]:
    with open_lake(related.lake) as lake:
        return sorted(lake.ask(with_resources(sql), parameters or []).rows, key=str)


@pytest.mark.parametrize("table", ["relations", "turned", "names"])
def test_relations_are_those_of_the_lake(related: Explored, table: str) -> None:
    sql = f"SELECT * FROM {table}"
    indexed = sorted((tuple(row.values()) for row in related.index.rows(sql)), key=str)
    assert indexed == lake_says(related, sql)
    assert len(indexed) > 10


@pytest.mark.parametrize(
    ("name", "about"),
    [(name, about) for name in questions() for about in ARGUMENTS.get(name, ("arn:aws:s3:::x",))],
)
def test_a_question_is_answered_as_in_the_terminal(
    related: Explored, pages: TestClient, name: str, about: str
) -> None:
    query = questions()[name]
    html = pages.get(f"/ask/{name}", params={"about": about}).text
    given = about if not query.is_json else about.encode("unicode-escape").decode()
    given = given.replace('"', '\\"') if query.is_json else given
    with open_lake(related.lake) as lake:
        rows = lake.ask(query.sql, [given] * query.parameters).rows
    found = [row for row in rows if row[0] not in ("NOT LISTED", "RESTS ON")]
    [basis] = [row for row in rows if row[0] == "RESTS ON"]
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    assert body.count("<tr>") == len(found)
    for row in found:
        assert not row[5] or f'href="{page_of(row[5])}"' in unescape(body)
    known, listings = re.findall(r"\d+", str(basis[-1]))[:2]
    unseen = int(listings) - int(known)
    told = f"{unseen:,} of {int(listings):,} listings unseen"
    assert (told if unseen else f"rests on {int(listings):,} complete listings") in html


def test_some_questions_find_something(pages: TestClient) -> None:
    for name, about in (
        ("what-uses", USED_KEY.arn),
        ("unused-resources", ""),
        ("who-is-trusted", ""),
    ):
        assert 'class="row" href="/r/arn' in pages.get(f"/ask/{name}", params={"about": about}).text


def test_a_question_without_its_argument_asks_for_it(pages: TestClient) -> None:
    html = pages.get("/ask/what-uses").text
    assert 'name="about"' in html
    assert "<tbody>" not in html
    assert pages.get("/ask/nothing").status_code == 404
    assert all(
        each.title.split("'")[0] in unescape(pages.get("/ask").text)
        for each in questions().values()
    )


def test_a_resource_shows_what_it_refers_to_and_what_uses_it(
    related: Explored, pages: TestClient
) -> None:
    answer = pages.get(page_of(USED_KEY.arn))
    assert answer.status_code == 200, re.sub(r"<[^>]+>", "", answer.text)
    html = answer.text
    users = [
        row[0]
        for row in lake_says(
            related, f"SELECT arn FROM relations WHERE targetarn = '{USED_KEY.arn}'"
        )
    ]
    assert users
    used_by = html.partition("Used by")[2]
    assert all(f'href="{page_of(arn)}"' in used_by for arn in users)


def test_an_edge_whose_target_is_missing_says_why(related: Explored, pages: TestClient) -> None:
    reasons = {
        "OUTSIDE_ORGANIZATION": "outside the organisation",
        "EVERYBODY": "everybody",
        "OF_AWS": "belongs to AWS",
    }
    for reason, words in reasons.items():
        found = lake_says(related, f"SELECT arn FROM relations WHERE reason = '{reason}'")
        assert found, reason
        assert words in pages.get(page_of(found[0][0])).text
    nowhere = lake_says(related, "SELECT arn FROM relations WHERE answer = 'NOWHERE'")
    assert "does not exist" in pages.get(page_of(nowhere[0][0])).text


def test_three_hundred_relations_are_folded_and_paged(tmp_path: Any) -> None:
    planted = PlantedLake(tmp_path / "lake")
    ec2, denied = Scope(ACCOUNT, "ec2", REGION), Scope(OTHER, "ec2", REGION)
    planted.plant(0, {ec2: [GROUP, *MANY], denied: Reason.ROLE_DENIED})
    with explored(planted.folder, tmp_path) as each:
        client = each.client()
        answer = client.get(page_of(GROUP.arn))
        assert "listings unseen" in answer.text
        assert "ROLE_DENIED" in answer.text
        assert len(answer.content) < 20_000
        [group] = re.findall(r'href="([^"]+)">All 300<', answer.text)
        seen: set[str] = set()
        address: str | None = unescape(group)
        while address:
            html = client.get(address).text
            seen |= {*re.findall(r'class="row" href="(/r/[^"]+)"', html)}
            following = re.search(r'rel="next" href="([^"]+)"', html)
            address = unescape(following[1]) if following else None
    assert seen == {page_of(one.arn) for one in MANY}
