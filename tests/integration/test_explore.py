"""The pages of `cidb2 explore` over a planted lake, and their answers held against the lake's."""

import csv
import io
import json
import re
import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from starlette.testclient import TestClient

from cidb2.items.item import Change, Effects, live_item
from cidb2.items.resource import Resource
from cidb2.lake.lines import item_line
from cidb2.reasons import Reason
from cidb2.scope import ALL_REGIONS, Scope
from cli.past import LakePast
from explore import building
from explore.app import create_app
from explore.building import build, needed_listings
from explore.guard import OneBrowser, SignedOn
from explore.index import Index
from explore.page import page_of
from explore.store import Store
from lake import reading
from lake.duck import open_lake
from lake.saved import with_resources
from tests.support import hostile
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import NOON, PlantedLake, of_type, run_id
from tests.support.standing_lake import EC2, IAM, KMS, LAMBDA, REGION, S3, STANDING

OTHER = "345678901234"
DENIED = Scope(OTHER, "ec2", ALL_REGIONS)
PORT = 7420
HOST = f"http://127.0.0.1:{PORT}"
TODAY = datetime.now(UTC).date()
ADDRESS = of_type(
    "AWS::EC2::NetworkInterface",
    "eni-1",
    REGION,
    configuration={
        "PrivateIpAddress": "10.1.2.3",
        "Ipv6": "2001:db8::1",
        "PrivateDnsName": "ip-10-1-2-3.internal",
        "Description": "ELB of nobody",
    },
    tags={"Owner": "payments", "Größe": "é"},
)
NAMED = tuple(
    of_type(
        "AWS::EC2::Instance",
        f"i-{number}",
        REGION,
        resource_name=text,
        tags={f"{text} {number}": text, "Owner": text},
        configuration={"Text": text, text: {"in": [text]}},
    )
    for number, text in enumerate((*hostile.IN_JSON, "' OR 1=1 --", "../../etc/passwd"))
)
PLANTED = {**STANDING, EC2: [*STANDING[EC2], ADDRESS, *NAMED], DENIED: Reason.ROLE_DENIED}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    planted = PlantedLake(tmp_path_factory.mktemp("lake"))
    planted.plant(2, PLANTED)
    planted.plant(1, {**PLANTED, KMS: [], S3: Reason.THROTTLED})
    return planted.folder


@pytest.fixture(scope="module")
def index(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    path = tmp_path_factory.mktemp("index") / "index.duckdb"
    build(lake, path, TODAY)
    index = Index(path)
    yield index
    index.close()


def store_of(folder: Path, index: Index | None) -> Store:
    return Store(folder, None, lambda *_: None, lambda: "", _index=index)


@pytest.fixture(scope="module")
def pages(lake: Path, index: Index, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """Return a browser that was let in."""
    gate = OneBrowser(PORT)
    store = store_of(tmp_path_factory.mktemp("store"), index)
    client = TestClient(create_app(store, LakePast(lake), gate), HOST)
    assert client.get("/", params={"token": gate.token}).status_code == 200
    return client


def arns(client: TestClient, **asked: Any) -> list[str]:
    answer = client.get("/resources.json", params=asked)
    assert answer.status_code == 200
    return sorted(each["arn"] for each in answer.json())


def lake_says(lake: Path, sql: str) -> list[Sequence[Any]]:
    with open_lake(lake) as opened:
        return sorted(opened.ask(with_resources(sql)).rows, key=str)


def printed(html: str) -> list[str]:
    """Return the command and the SQL that a page prints; what is written out as it was."""
    return [
        re.sub("‹U\\+([0-9A-F]+)›", lambda code: chr(int(code[1], 16)), each)
        for each in _as_shown(html)
    ]


def _as_shown(html: str) -> list[str]:
    return [
        unescape(each)
        for each in re.findall(r'<pre class="copy"[^>]*>(.*?)</pre>', html, re.DOTALL)
    ]


def test_the_index_has_what_the_lake_calls_resources(lake: Path, index: Index) -> None:
    columns = "arn, scope, contenthash, configuration, supplementaryconfiguration, tags"
    listed = sorted(
        (tuple(row.values()) for row in index.rows(f"SELECT {columns} FROM resources")), key=str
    )
    assert listed == lake_says(lake, f"SELECT {columns} FROM resources")
    assert len(listed) > 200


def test_rows_are_stored_in_the_order_in_which_they_are_shown(index: Index) -> None:
    places = "resourcetype, accountid, awsregion, resourcename, arn"
    shown = index.rows(f"SELECT n FROM listed ORDER BY {places}, n")
    assert [row["n"] for row in shown] == [*range(1, len(shown) + 1)]
    assert index.rows("SELECT n FROM listed ORDER BY rowid") == shown
    same = "SELECT count(*) FROM listed INNER JOIN details USING (n) WHERE listed.arn = details.arn"
    assert index.value(same) == len(shown)


def test_names_are_sorted_without_regard_to_case(index: Index) -> None:
    rows = index.rows("SELECT lower(resourcename) AS name, n FROM listed ORDER BY by_name")
    assert rows == sorted(rows, key=lambda row: (row["name"] is None, row["name"] or "", row["n"]))


def test_a_lake_is_read_in_parts(
    lake: Path, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "READ_AT_ONCE_BYTES", 1)
    monkeypatch.setattr(building, "SORTED_AT_ONCE", 7)
    build(lake, tmp_path / "in-parts", TODAY)
    parts = Index(tmp_path / "in-parts")
    for table in ("listed", "resources", "relations", "coverage"):
        told = [sorted(map(str, each.rows(f"SELECT * FROM {table}"))) for each in (index, parts)]
        assert told[0] == told[1]
    parts.close()


def test_only_listings_that_count_are_read(lake: Path) -> None:
    is_needed = needed_listings(lake, TODAY)
    keys = [path.relative_to(lake).as_posix() for path in lake.rglob("items/**/*.jsonl.gz")]
    needed = [key for key in keys if is_needed(key)]
    yesterday, before = (f"{NOON - timedelta(days=ago):%Y-%m-%d}" for ago in (1, 2))
    assert any(f"run_date={yesterday}/service=iam" in key for key in needed)
    assert not any(f"run_date={before}/service=iam" in key for key in needed)
    assert any(f"run_date={before}/service=s3" in key for key in needed)  # was throttled since
    assert not any("service=kms" in key for key in needed)  # there are no keys any more


def test_an_earlier_day_has_an_index_of_its_own(lake: Path, tmp_path: Path) -> None:
    build(lake, tmp_path / "earlier", TODAY - timedelta(days=2))
    earlier = Index(tmp_path / "earlier")
    assert "AWS::KMS::Key" in earlier.types
    assert earlier.day == TODAY - timedelta(days=2)
    earlier.close()


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": "open"},
        {"q": "SNAPSHOT public"},
        {"q": "10.1.2.3"},
        {"q": "2001:DB8::1"},
        {"q": "ip-10-1-2-3.internal"},
        {"q": "größe É"},
        {"q": "nobody", "everywhere": "1"},
        {"q": "é", "everywhere": "1"},
        {"q": "type:bucket tag:Team"},
        {"q": 'tag:Owner=payments "elastic"'},
        {"type": ["AWS::IAM::Role", "user"], "region": "global"},
        {"account": [ACCOUNT, OTHER], "type": "instance"},
        {"tag:Owner": "*"},
        {"tag": "Owner=payments"},
        {"tag:Größe": "é"},
        {"type": "AWS::No::Such"},
        *({"q": text} for text in hostile.IN_JSON),
        *({"tag:Owner": text} for text in hostile.IN_JSON if text.strip() == text),
        {"q": "' OR 1=1 --"},
        {"q": "%_"},
    ],
    ids=str,
)
def test_the_printed_sql_gives_the_same(
    pages: TestClient, lake: Path, asked: dict[str, Any]
) -> None:
    found = arns(pages, **asked)
    *_, sql = printed(pages.get("/resources", params=asked).text)
    assert [row[-1] for row in sorted(lake_says(lake, sql), key=lambda row: row[-1])] == found


def test_what_is_looked_for_is_found(pages: TestClient) -> None:
    assert arns(pages, q="10.1.2.3") == [ADDRESS.arn]
    assert arns(pages, q="ip-10-1-2-3.internal.") == [ADDRESS.arn]
    assert arns(pages, q="tag:Owner=payments") == [ADDRESS.arn]
    assert arns(pages, q="nobody elb") == []
    assert arns(pages, q="nobody elb", everywhere="1") == [ADDRESS.arn]
    assert len(arns(pages, type="role")) == len(arns(pages, q="type:role")) > 3
    assert pages.get("/resources", params={"q": ADDRESS.arn}).url.path == f"/r/{ADDRESS.arn}"


def test_a_command_is_what_a_shell_takes(pages: TestClient) -> None:
    asked = {"type": "role", "account": ACCOUNT, "tag": f"Owner={hostile.HTML}"}
    command, _ = printed(pages.get("/resources", params=asked).text)
    assert shlex.split(command) == [
        *("cidb2", "find", "--type", "AWS::IAM::Role", "--account", ACCOUNT),
        *("--tag", f"Owner={hostile.HTML}"),
    ]


def test_facets_count_what_choosing_them_gives(pages: TestClient) -> None:
    html = pages.get("/resources", params={"q": "eu-west-1"}).text
    facets = re.findall(
        r'href="(/resources\?[^"]*type=[^"]*)"><span>[^<]*</span> <span class="n">(\d+)', html
    )
    assert len(facets) == 12
    for address, count in facets:
        chosen = pages.get(unescape(address)).text
        assert f"<h1>{count} resource" in chosen


def test_pages_follow_one_another_and_end(pages: TestClient) -> None:
    every = arns(pages)
    seen: list[str] = []
    address: str | None = "/resources?sort=name"
    while address:
        html = pages.get(address).text
        seen += [unescape(each) for each in re.findall(r'dir="ltr">(arn:[^<]*)</td>', html)]
        following = re.search(r'rel="next" href="([^"]+)"', html)
        address = unescape(following[1]) if following else None
    assert len(seen) == len(every) > 250
    assert "There is no such page" in pages.get("/resources?page=199").text
    assert pages.get("/resources?page=x").status_code == 200


@pytest.mark.parametrize(
    ("asked", "scopes"),
    [
        ({}, 'ROLE_DENIED</span> 1, <span class="code">THROTTLED</span> 1'),
        ({"type": "bucket"}, "1 scope unseen"),
        ({"type": "instance", "account": OTHER}, "ROLE_DENIED</span> 1"),
        ({"type": "role"}, "No blind spots"),
        ({"account": "999999999999"}, "No run has collected <b>999999999999</b>"),
        ({"region": "ap-east-1"}, "No run has collected <b>ap-east-1</b>"),
        ({"type": "bucket", "account": OTHER}, f"No run has collected <b>{OTHER} s3</b>"),
        ({"type": "instance", "region": REGION, "account": ACCOUNT}, "No blind spots"),
        ({"type": "bucket", "region": REGION, "account": ACCOUNT}, "1 scope unseen"),
        ({"type": "key", "region": REGION, "account": ACCOUNT}, "No blind spots"),  # there is none
        ({"type": "AWS::No::Such"}, "AWS::No::Such</b> is not collected"),
    ],
    ids=str,
)
def test_an_answer_names_its_blind_spots(
    pages: TestClient, asked: dict[str, str], scopes: str
) -> None:
    html = pages.get("/resources", params=asked).text
    assert re.sub(r"\s+", " ", scopes) in re.sub(r"\s+", " ", html)


def test_csv_is_whole_and_no_spreadsheet_computes_it(pages: TestClient) -> None:
    answer = pages.get("/resources.csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = [*csv.reader(io.StringIO(answer.text, newline=""))]
    assert len(rows) == len(arns(pages)) + 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert {f"'{formula}" for formula in hostile.FORMULAS} <= {cell for row in rows for cell in row}


@pytest.mark.parametrize("resource", [*NAMED, ADDRESS], ids=lambda each: each.resource_id)
def test_a_resource_has_its_page_its_json_and_its_history(
    pages: TestClient, resource: Resource
) -> None:
    assert pages.get(page_of(resource.arn)).status_code == 200
    told = pages.get(f"{page_of(resource.arn)}/json").json()
    assert told["resourcename"] == resource.resource_name
    assert told["configuration"] == resource.configuration
    assert "from the files of the lake" in pages.get(f"{page_of(resource.arn)}/history").text


ODD_ARNS = (
    f"arn:aws:iam::{ACCOUNT}:role/a/history",
    f"arn:aws:iam::{ACCOUNT}:role/../..//json",
    f"arn:aws:x:{REGION}:{ACCOUNT}:50%25 ?a=b#c&d;\\é\u202e",
)


def test_an_arn_may_contain_any_character(tmp_path: Path) -> None:
    planted = PlantedLake(tmp_path / "lake")
    planted.plant(
        0, {IAM: [of_type("AWS::IAM::Role", f"r{n}", arn=arn) for n, arn in enumerate(ODD_ARNS)]}
    )
    build(planted.folder, tmp_path / "index", TODAY)
    index, gate = Index(tmp_path / "index"), OneBrowser(PORT)
    client = TestClient(create_app(store_of(tmp_path, index), LakePast(planted.folder), gate), HOST)
    client.get("/", params={"token": gate.token})
    for number, arn in enumerate(ODD_ARNS):
        assert f">r{number}</h1>" in client.get(page_of(arn)).text
        assert client.get(f"{page_of(arn)}/json").json()["arn"] == arn
        assert "1 version" in client.get(f"{page_of(arn)}/history").text
    index.close()


def test_what_is_not_there_says_where_to_look(pages: TestClient) -> None:
    answer = pages.get(f"/r/arn:aws:ec2:eu-west-1:{OTHER}:instance/i-0")
    assert answer.status_code == 404
    assert "ROLE_DENIED" in answer.text
    assert f"arn%3Aaws%3Aec2%3Aeu-west-1%3A{OTHER}" in answer.text or "/history" in answer.text
    assert pages.get("/nothing").status_code == 404
    assert pages.get("/runs/nothing").status_code == 404
    assert pages.get("/r/i-0", follow_redirects=False).headers["location"] == "/resources?q=i-0"


def test_changes_are_told_and_chosen_by_their_effects(tmp_path: Path) -> None:
    planted = PlantedLake(tmp_path / "lake")
    one = of_type("AWS::IAM::Role", "one")
    later = of_type("AWS::IAM::Role", "one", configuration={"Path": "/new/"})
    other = of_type("AWS::IAM::Role", "other")
    tagged = of_type("AWS::IAM::Role", "other", tags={"team": "core"})
    trust: Effects = {"effects": ["TRUST_ADDED"], "addedPrincipals": ["*", "999999999999"]}
    moment = f"{NOON:%Y-%m-%dT%H:%M:%S}.000000Z"
    lines = [
        item_line(
            live_item(changed, IAM, run_id(0), Change.CHANGED, moment, effects), "listing", {}
        )
        for changed, effects in ((later, trust), (tagged, Effects(effects=["TAGS_ONLY"])))
    ]
    planted.plant(1, {IAM: [one, other]})
    planted.plant(0, {IAM: [of_type("AWS::IAM::Role", "new")]}, spoiled={IAM: lines})
    build(planted.folder, tmp_path / "index", TODAY)
    index, gate = Index(tmp_path / "index"), OneBrowser(PORT)
    client = TestClient(create_app(store_of(tmp_path, index), LakePast(planted.folder), gate), HOST)
    client.get("/", params={"token": gate.token})
    html = client.get("/changes", params={"since": "7d"}).text
    assert "* (everybody), 999999999999 (not known whether of the organisation)" in html
    assert "effect=TRUST_ADDED" in html
    html = client.get("/changes", params={"since": "7d", "effect": "TAGS_ONLY"}).text
    assert "<h1>1 change " in html
    assert "--effect TAGS_ONLY" in html
    assert "TRUST_ADDED" in client.get(f"{page_of(one.arn)}/history").text


def test_changes_are_those_of_the_files(tmp_path: Path) -> None:
    planted = PlantedLake(tmp_path / "lake")
    one, two = (of_type("AWS::IAM::Role", name) for name in ("stays", "goes"))
    later = of_type("AWS::IAM::Role", "stays", configuration={"Path": "/new/"})
    planted.plant(3, {IAM: [one, two]})
    planted.plant(2, {IAM: [one, two]})
    planted.plant(1, {IAM: Reason.THROTTLED})
    planted.plant(0, {IAM: [later]})
    build(planted.folder, tmp_path / "index", TODAY)
    index, gate = Index(tmp_path / "index"), OneBrowser(PORT)
    client = TestClient(create_app(store_of(tmp_path, index), LakePast(planted.folder), gate), HOST)
    client.get("/", params={"token": gate.token})
    html = client.get("/changes", params={"since": "7d", "account": ACCOUNT}).text
    assert ">1 changed<" in html
    assert ">1 deleted<" in html
    assert client.get("/changes", params={"account": OTHER}).text.count("No changes") == 1
    assert "<h1>0 changes" in client.get("/changes", params={"type": "user"}).text
    told = client.get(f"{page_of(one.arn)}/history").text
    assert "2 versions" in told
    assert "configuration.Path" in told
    assert "/new/" in told
    gone = client.get(f"{page_of(two.arn)}/history").text
    assert 'class="key deleted"' in gone
    index.close()


def history_of(folder: Path, resource: Resource) -> list[str]:
    return [each["change"] for each in LakePast(folder).history(resource.arn)]


def test_what_came_back_as_it_was_is_there_again(tmp_path: Path) -> None:
    planted, comes = PlantedLake(tmp_path), of_type("AWS::IAM::Role", "comes")
    stays = of_type("AWS::IAM::Role", "stays")
    for days_ago, there in enumerate([[stays, comes], [stays], [stays, comes]]):
        planted.plant(days_ago, {IAM: there})
    assert history_of(tmp_path, comes) == ["UNCHANGED", "DELETED", "CREATED"]
    assert history_of(tmp_path, stays) == ["UNCHANGED"]


def test_a_complete_listing_deletes_though_another_of_its_scope_always_fails(
    tmp_path: Path,
) -> None:
    planted, goes = PlantedLake(tmp_path), of_type("AWS::IAM::Role", "goes")
    stays = of_type("AWS::IAM::Role", "stays")
    for days_ago, there in ((1, [stays, goes]), (0, [stays])):
        planted.plant_listings(
            days_ago, IAM, {"ListRoles": there, "ListUsers": Reason.ACCESS_DENIED}
        )
    assert history_of(tmp_path, goes) == ["UNCHANGED", "DELETED"]
    assert history_of(tmp_path, stays) == ["UNCHANGED"]


def test_coverage_and_runs_say_what_was_not_collected(pages: TestClient) -> None:
    html = pages.get("/coverage").text
    assert "2 incomplete scopes" in html
    assert 'class="mark failed">0/1' in html
    only = pages.get("/coverage", params={"gaps": "1", "account": OTHER}).text
    assert "1 incomplete scope " in only
    assert "cidb2 coverage --account 345678901234" in only
    [newest, *_] = re.findall(r'href="/runs/([^"]+)"', pages.get("/runs").text)
    run = pages.get(f"/runs/{newest}").text
    assert "ROLE_DENIED" in run
    assert "THROTTLED" in run


def test_a_pivot_adds_up(pages: TestClient, lake: Path) -> None:
    html = pages.get("/pivot", params={"rows": "type", "columns": "region"}).text
    cells = re.findall(r'<tr><th scope="row".*?</tr>', html, re.DOTALL)
    figures = [
        [
            int(re.sub(r"<[^>]+>|\s", "", each))
            for each in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)
        ]
        for row in cells
    ]
    assert all(total == sum(rest) for total, *rest in figures)
    assert sum(total for total, *_ in figures) == len(arns(pages))
    by_tag = pages.get("/pivot", params={"rows": "tag:Owner"})
    [sql] = printed(by_tag.text)
    assert ("payments", 1) in lake_says(lake, sql)
    assert ">payments</a>" in by_tag.text
    assert pages.get("/pivot", params={"rows": "'; --", "columns": "tag:"}).status_code == 200


def test_sql_of_another_site_waits(pages: TestClient) -> None:
    waiting = pages.get("/sql", params={"q": "SELECT 6 * 7 AS n"})
    assert ">42<" not in waiting.text
    assert "has not run" in waiting.text
    [key] = re.findall(r'name="run" value="([^"]+)"', waiting.text)
    asked = {"q": "SELECT 6 * 7 AS n", "run": key}
    ran = pages.get("/sql", params=asked)
    assert ">42<" in ran.text
    assert key not in re.findall(r'href="([^"]*day=[^"]*)"', ran.text)[0]
    crossed = pages.get("/sql", params=asked, headers={"sec-fetch-site": "cross-site"})
    assert ">42<" not in crossed.text


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE listed",
        "SELECT 1; SELECT 2",
        "COPY resources TO '/tmp/x'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "ATTACH '/tmp/x'",
        "SET memory_limit = '10GB'",
        "PRAGMA database_list",
        "SELECT getenv('HOME')",
        "SELECT nothing FROM resources",
        "",
        ";",
        "\x00",
    ],
)
def test_sql_that_does_more_than_ask_is_refused(pages: TestClient, sql: str) -> None:
    [key] = re.findall(r'name="run" value="([^"]+)"', pages.get("/sql").text)
    answer = pages.get("/sql", params={"q": sql, "run": key})
    assert answer.status_code == (400 if sql else 200)
    assert "root:" not in answer.text
    assert "<table" not in answer.text


def test_saved_queries_over_resources_are_answered(pages: TestClient) -> None:
    html = pages.get("/sql").text
    names = re.findall(r'<option value="([^"]+)"', html)
    assert len(names) > 30
    assert "what-could-we-not-see" not in names
    for name in names:
        assert pages.get("/sql", params={"saved": name}).status_code == 200, name
    assert "open-twice" in pages.get("/sql", params={"saved": "public-buckets"}).text


EVERY_PAGE = (
    *("/", "/resources", "/changes?since=30d", "/coverage", "/runs", "/pivot?rows=tag:Owner"),
    *("/pivot?rows=type&columns=tag:Owner", "/sql", "/nothing"),
    f"/r/{quote(ADDRESS.arn, safe='')}",
)


@pytest.mark.parametrize("text", [*hostile.IN_JSON, "x" * 3000, "\ud800"], ids=ascii)
def test_hostile_text_is_shown_and_not_obeyed(pages: TestClient, text: str) -> None:
    asked = {
        "q": text,
        "account": text,
        "tag:Owner": text,
        "run": text,
        "since": text,
        "rows": f"tag:{text}",
    }
    parameters = urlencode(asked, errors="surrogatepass")
    for page in EVERY_PAGE:
        mark = "&" if "?" in page else "?"
        answer = pages.get(f"{page}{mark}{parameters}")
        assert answer.status_code in (200, 400, 404)
        assert "<script>alert" not in answer.text
        assert not set("\x1b\x07\u202e\x08") & set(answer.text)


def test_names_are_shown_and_not_obeyed_on_every_page(pages: TestClient) -> None:
    for page in (*EVERY_PAGE, *(page_of(each.arn) for each in NAMED)):
        html = pages.get(page).text
        assert "<script>alert" not in html
        assert not set("\x1b\x07\u202e\x08") & set(html), page


def test_a_page_is_small_enough(pages: TestClient) -> None:
    for page in EVERY_PAGE:
        assert len(pages.get(page).content) <= 60_000, page


def test_one_browser_is_let_in_once(index: Index, lake: Path, tmp_path: Path) -> None:
    told: list[str] = []
    gate = OneBrowser(PORT, lambda: told.append(gate.token))
    app = create_app(store_of(tmp_path, index), LakePast(lake), gate)
    first, second = gate.token, TestClient(app, HOST)
    browser = TestClient(app, HOST)
    assert browser.get("/").status_code == 403
    entered = browser.get("/resources", params={"token": first, "q": "a b"}, follow_redirects=False)
    assert entered.headers["location"] == "/resources?q=a+b"
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert browser.get("/").status_code == 200
    assert second.get("/", params={"token": first}).status_code == 403
    assert told == [gate.token] != [first]
    assert (
        second.get(
            f"{HOST}//elsewhere.example/x", params={"token": gate.token}, follow_redirects=False
        ).headers["location"]
        == "/elsewhere.example/x"
    )
    assert "arn:" not in TestClient(app, HOST).get("/").text


@pytest.mark.parametrize(
    "host", ["attacker.example", f"attacker.example:{PORT}", "127.0.0.1", "127.0.0.1:80", ""]
)
def test_another_host_name_is_not_answered(pages: TestClient, host: str) -> None:
    assert pages.get("/", headers={"host": host}).status_code == 421
    assert pages.get("/static/design.css", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_but_get_is_answered(pages: TestClient, method: str) -> None:
    assert pages.request(method, "/").status_code == 405


def test_every_answer_forbids_what_it_does_not_need(pages: TestClient) -> None:
    for page in (*EVERY_PAGE, "/resources.csv", "/static/explore.js"):
        headers = pages.get(page).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert ("no-store" in headers.get("cache-control", "")) is not page.startswith("/static")
    for page in EVERY_PAGE:
        html = pages.get(page).text
        assert not re.search(r"<script(?! src=\"/static/explore\.js\" defer></script>)", html)
        assert not re.search(r"<[^>]* (style|on\w+)=", html)


def test_behind_a_sign_on_proxy_its_header_lets_in(
    index: Index, lake: Path, tmp_path: Path
) -> None:
    gate = SignedOn({"inventory.example.com"}, "x-signed-on")
    app = create_app(store_of(tmp_path, index), LakePast(lake), gate)
    client = TestClient(app, "http://inventory.example.com")
    assert client.get("/").status_code == 403
    assert client.get("/", headers={"x-signed-on": " "}).status_code == 403
    assert client.get("/", headers={"x-signed-on": "alice"}).status_code == 200
    assert client.get("/", headers={"x-signed-on": "alice", "host": "x"}).status_code == 421


def test_a_new_index_replaces_the_last_while_it_serves(lake: Path, tmp_path: Path) -> None:
    marks = ["one"]
    store = Store(tmp_path, None, lambda path, day: build(lake, path, day), lambda: marks[0])
    client_gate = OneBrowser(PORT)
    client = TestClient(create_app(store, LakePast(lake), client_gate), HOST)
    client.get("/", params={"token": client_gate.token})
    waiting = client.get("/resources")
    assert waiting.status_code == 503
    assert waiting.headers["refresh"]
    store.refresh()
    first = store.index
    assert first is not None
    assert client.get("/resources").status_code == 200
    store.refresh()
    assert store.index is first
    marks[0] = "two"
    store.refresh()
    assert store.index is not first
    assert first.types  # who reads the last one, reads on
    assert [*tmp_path.glob("*.duckdb")] == [store.index.path]
    (tmp_path / "index-2026-01-02-of-another-release.duckdb").touch()
    again = Store(tmp_path, None, lambda *_: pytest.fail("built again"), lambda: marks[0])
    again.open()
    again.refresh()
    assert again.index is not None
    assert [*tmp_path.glob("*.duckdb")] == [again.index.path]


def test_an_index_that_cannot_be_built_is_told_and_the_last_serves(
    lake: Path, index: Index, tmp_path: Path
) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    store = Store(tmp_path, None, lambda path, day: build(nothing, path, day), lambda: "x")
    gate = OneBrowser(PORT)
    client = TestClient(create_app(store, LakePast(lake), gate), HOST)
    client.get("/", params={"token": gate.token})
    store.refresh()
    assert client.get("/").status_code in (200, 503)
    assert [*tmp_path.glob("index-*")] in ([], [store.index and store.index.path])


def test_a_link_of_another_day_says_so(pages: TestClient) -> None:
    html = pages.get("/resources", params={"day": "2026-01-02"}).text
    assert "cidb2 explore --day 2026-01-02" in html
    assert "This link is of" not in pages.get("/resources", params={"day": str(TODAY)}).text


def test_json_is_json_without_any_resource(pages: TestClient) -> None:
    assert pages.get("/resources.json", params={"type": "none"}).json() == []
    assert json.loads(pages.get("/resources.json", params={"q": "10.1.2.3"}).text)[0]["tags"]
    assert isinstance(TODAY, date)
    assert LAMBDA.service == "lambda"
