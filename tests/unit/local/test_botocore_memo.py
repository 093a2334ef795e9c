"""What botocore computes once in a process is what it computes each time."""

import json
from pathlib import Path

import pytest
from botocore import hooks
from botocore.compat import accepts_kwargs
from botocore.handlers import BUILTIN_HANDLERS
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.loaders import Loader

from local.execution_environment import botocore_memo

REPLACEMENTS = {name: replacement for _, name, replacement in botocore_memo.replacements()}


class Handler:
    def __call__(self, **named: object) -> None: ...

    def method(self, name: str) -> None: ...

    def open_method(self, name: str, **others: object) -> None: ...


def test_each_handler_takes_the_keywords_that_botocore_says() -> None:
    handlers = [each[1] for each in BUILTIN_HANDLERS]
    handlers += [Handler(), Handler().method, Handler().open_method, len, json.dumps]
    said = [bool(botocore_memo.takes_any_keyword(each)) for each in handlers]
    assert said == [bool(accepts_kwargs(each)) for each in handlers]
    assert True in said
    assert False in said


def test_an_event_has_the_name_that_botocore_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    aliaser = EventAliaser(HierarchicalEmitter())
    named = REPLACEMENTS["_alias_event_name"]
    for event in ("before-call.cloudwatch.*", "creating-client-class.iot-data", "no.such"):
        monkeypatch.setattr(botocore_memo, "_EVENTS", {})
        first, again = named(aliaser, event), named(aliaser, event)
        assert first == again
    assert named(aliaser, "creating-client-class.iot-data") == (
        "creating-client-class.iot-data-plane"
    )


def test_a_loader_reads_its_own_folders_first(tmp_path: Path) -> None:
    REPLACEMENTS["load_data_with_path"](Loader(), "endpoints")
    (tmp_path / "endpoints.json").write_text('{"mine": true}')
    data, path = REPLACEMENTS["load_data_with_path"](Loader([str(tmp_path)]), "endpoints")
    assert (data, Path(path).parent) == ({"mine": True}, tmp_path)


def test_the_same_model_is_parsed_once() -> None:
    find = REPLACEMENTS["load_data_with_path"]
    assert find(Loader(), "endpoints")[0] is find(Loader(), "endpoints")[0]


def test_what_is_replaced_exists_in_botocore() -> None:
    assert all(hasattr(owner, name) for owner, name, _ in botocore_memo.replacements())
    assert hooks.accepts_kwargs is botocore_memo.takes_any_keyword
