"""The gate: cookies, tokens and host names, one by one."""

import pytest
from starlette.datastructures import Headers

from explore.guard import OneBrowser, SignedOn


def asked(query: str, raw_path: bytes = b"/resources") -> dict[str, object]:
    return {"query_string": query.encode(), "raw_path": raw_path}


def entered(gate: OneBrowser) -> str:
    response = gate.enter(asked(f"token={gate.token}"))
    assert response
    return response.headers["set-cookie"].split(";")[0]


def test_a_cookie_lets_in_and_nothing_else_does() -> None:
    gate = OneBrowser(7420)
    cookie = entered(gate)
    assert gate.admits(Headers({"cookie": cookie}))
    for other in ("", f"{cookie}x", cookie.replace("7420", "7421"), "a=b", "=", "\x00", "é=é"):
        assert not gate.admits(Headers({"cookie": other}))
    assert not OneBrowser(7420).admits(Headers({"cookie": cookie}))


def test_a_token_is_used_up() -> None:
    used: list[str] = []
    gate = OneBrowser(7420, lambda: used.append("used"))
    first = gate.token
    assert gate.enter(asked("token=x")) is None
    assert gate.enter(asked("")) is None
    entered(gate)
    assert gate.enter(asked(f"token={first}")) is None
    assert used == ["used"]


@pytest.mark.parametrize(
    ("path", "query", "place"),
    [
        (b"/r/arn:aws:iam::1:role%2Fa", "", "/r/arn:aws:iam::1:role%2Fa"),
        (b"/resources", "q=a%26b&type=x", "/resources?q=a%26b&type=x"),
        (b"//elsewhere.example", "", "/elsewhere.example"),
        (b"/\\elsewhere.example", "", "/elsewhere.example"),
    ],
)
def test_the_page_that_was_asked_for_follows(path: bytes, query: str, place: str) -> None:
    gate = OneBrowser(7420)
    response = gate.enter(asked(f"token={gate.token}&{query}", path))
    assert response
    assert response.headers["location"] == place


def test_a_proxy_names_who_comes() -> None:
    gate = SignedOn({"inventory.example.com"}, "x-user")
    assert gate.admits(Headers({"x-user": "alice"}))
    assert not gate.admits(Headers({"x-other": "alice"}))
    assert not gate.admits(Headers({"x-user": ""}))
    assert gate.enter(asked("token=x")) is None
