"""Caches values across botocore sessions, once per process. Results do not change."""

from collections.abc import Callable, Iterator
from inspect import CO_VARKEYWORDS
from types import FunctionType
from typing import Any

from botocore import hooks
from botocore.compat import accepts_kwargs
from botocore.hooks import EventAliaser
from botocore.loaders import Loader

_MODELS: dict[tuple[str, ...], tuple[Any, str]] = {}
_EVENTS: dict[str, str] = {}


def replacements() -> Iterator[tuple[Any, str, Any]]:
    """Yield the replacements, in the form that `local/patches` applies."""
    yield Loader, "load_data_with_path", _found_once(Loader.load_data_with_path)
    aliaser: Any = EventAliaser
    yield aliaser, "_alias_event_name", _named_once(aliaser._alias_event_name)
    yield hooks, "accepts_kwargs", takes_any_keyword


def _found_once(find: Callable[..., tuple[Any, str]]) -> Callable[..., tuple[Any, str]]:
    """Models: share the files of botocore that another session has already parsed.

    Loaders merge extras into the models (moto has its own), so each kind of loader has its own
    cache.
    """

    def found(self: Any, name: str) -> tuple[Any, str]:
        key = (*self.search_paths, *self.extras_types, name)
        if key not in _MODELS:
            data, path = find(self, name)
            if not path.startswith(Loader.BUILTIN_DATA_PATH):
                return data, path
            _MODELS[key] = data, path
        return _MODELS[key]

    return found


def _named_once(named: Callable[..., str]) -> Callable[..., str]:
    """Event names: a session compares each with 90 older names."""

    def name(self: Any, event: str) -> str:
        if event not in _EVENTS:
            _EVENTS[event] = named(self, event)
        return _EVENTS[event]

    return name


def takes_any_keyword(handler: Any) -> Any:
    """Handlers: a session builds each one's full signature only to see whether it has `**`."""
    function = getattr(handler, "__func__", handler)
    if type(function) is FunctionType and not hasattr(function, "__signature__"):
        return bool(function.__code__.co_flags & CO_VARKEYWORDS)
    return accepts_kwargs(handler)
