"""Filtering, sorting and paging of the list endpoints, as KFP's `list` and `filter` packages do it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import unquote_plus

from tests.kubeflow.kfp_server_errors import invalid

Row = TypeVar("Row")

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 200
_OPERATIONS = {
    1: "EQUALS",
    2: "NOT_EQUALS",
    3: "GREATER_THAN",
    5: "GREATER_THAN_EQUALS",
    6: "LESS_THAN",
    7: "LESS_THAN_EQUALS",
    8: "IN",
    9: "IS_SUBSTRING",
}
_SCALARS = ("string_value", "int_value", "long_value", "timestamp_value")
_LISTS = ("string_values", "int_values", "long_values")
# Comparisons of strings ignore their case, as in the server's database.
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUALS": lambda value, wanted: bool(value == wanted),
    "NOT_EQUALS": lambda value, wanted: bool(value != wanted),
    "GREATER_THAN": lambda value, wanted: bool(value > wanted),
    "GREATER_THAN_EQUALS": lambda value, wanted: bool(value >= wanted),
    "LESS_THAN": lambda value, wanted: bool(value < wanted),
    "LESS_THAN_EQUALS": lambda value, wanted: bool(value <= wanted),
    "IN": lambda value, wanted: value in wanted,
    "IS_SUBSTRING": lambda value, wanted: wanted in value,
}


class Listable(NamedTuple):
    """What a resource can be listed by.

    Attributes:
        name: The resource, told apart in page tokens.
        key: The attribute that holds the id.
        fields: Field names of the API, each with the attribute that holds it.
    """

    name: str
    key: str
    fields: Mapping[str, str]


class Page(NamedTuple, Generic[Row]):
    """One page; `next_page_token` is empty on the last one."""

    rows: list[Row]
    total_size: int
    next_page_token: str


class _Order(NamedTuple):
    field: str
    descending: bool


def list_page(rows: Sequence[Row], *, listable: Listable, query: Mapping[str, str]) -> Page[Row]:
    """The page that a list request asks for.

    Args:
        rows: All rows of the resource.
        listable: What they can be listed by.
        query: page_size, page_token, sort_by and filter of the request.

    Raises:
        ApiError: 400: an unknown field, a filter that is none, a token of another list.
    """
    size = _page_size(query.get("page_size") or "0")
    sort_by, filter_text = query.get("sort_by", ""), query.get("filter", "")
    token = query.get("page_token", "")
    start: list[Any] = []
    if token:
        start, stored_sort, stored_filter = _open_token(token, listable)
        if (sort_by or filter_text) and (sort_by, filter_text) != (stored_sort, stored_filter):
            raise invalid("page token does not match the supplied sort by and/or filtering criteria.")
        sort_by, filter_text = stored_sort, stored_filter
    order = _order(sort_by, listable)
    predicates = _predicates(filter_text, listable)
    matching = [row for row in rows if all(predicate(row) for predicate in predicates)]

    def rank(row: Row) -> list[Any]:
        return [_plain(getattr(row, order.field)), getattr(row, listable.key)]

    matching.sort(key=rank, reverse=order.descending)
    rest = [row for row in matching if not start or _reached(rank(row), start, order.descending)]
    page, following = rest[:size], rest[size : size + 1]
    next_token = _token(rank(following[0]), sort_by, filter_text, listable) if following else ""
    return Page(page, len(matching), next_token)


def _reached(rank: list[Any], start: list[Any], descending: bool) -> bool:
    return rank <= start if descending else rank >= start


def _page_size(text: str) -> int:
    try:
        size = int(text)
    except ValueError as error:
        message = f"type mismatch, parameter: page_size, error: {text!r}"
        raise invalid(message) from error
    if size < 0:
        message = f"The page size should be greater than 0. Got {size}"
        raise invalid(message)
    return min(size or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)


def _order(sort_by: str, listable: Listable) -> _Order:
    words = sort_by.lower().split()
    if len(words) > 2 or (len(words) == 2 and words[1] not in {"asc", "desc"}):
        message = f"Received invalid sort by format {sort_by!r}."
        raise invalid(message)
    if not words:
        return _Order("created_at", descending=False)
    if words[0] not in listable.fields:
        message = f"Invalid sorting field: {words[0]!r} on listable type {listable.name}"
        raise invalid(message)
    return _Order(listable.fields[words[0]], descending=words[-1] == "desc")


def _predicates(text: str, listable: Listable) -> list[Callable[[Any], bool]]:
    if not text:
        return []
    try:
        # The server decodes the filter once more than HTTP does.
        document = json.loads(unquote_plus(text))
    except ValueError as error:
        message = f"failed to parse valid filter from {text!r}: {error}"
        raise invalid(message) from error
    if not isinstance(document, dict) or not document.keys() <= {"predicates"}:
        message = f"failed to parse valid filter from {text!r}"
        raise invalid(message)
    return [_predicate(predicate, listable) for predicate in document.get("predicates", [])]


def _predicate(document: Any, listable: Listable) -> Callable[[Any], bool]:
    known = {"operation", "key", *_SCALARS, *_LISTS}
    fields = {_snake_case(name): value for name, value in document.items()}
    if not fields.keys() <= known:
        message = f"failed to parse valid filter: unknown field {sorted(fields.keys() - known)}"
        raise invalid(message)
    operation = _operation(fields.get("operation", 0))
    key = fields.get("key", "")
    if key not in listable.fields:
        message = f"no support for filtering on unrecognized field {key!r}"
        raise invalid(message)
    scalars = [fields[name] for name in _SCALARS if name in fields]
    lists = [fields[name]["values"] for name in _LISTS if name in fields]
    values = lists if operation == "IN" else scalars
    if len(scalars) + len(lists) != 1 or not values:
        message = f"operation {operation} does not take this value"
        raise invalid(message)
    wanted, test = _folded(values[0]), _TESTS[operation]
    attribute = listable.fields[key]
    return lambda row: test(_folded(_plain(getattr(row, attribute))), wanted)


def _operation(value: Any) -> str:
    name = _OPERATIONS.get(value, value)
    if name not in _TESTS:
        message = f"invalid predicate operation: {value}"
        raise invalid(message)
    return str(name)


def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _plain(value: Any) -> Any:
    return int(value.timestamp()) if isinstance(value, datetime) else value


def _folded(value: Any) -> Any:
    if isinstance(value, list):
        return [_folded(item) for item in value]
    return value.casefold() if isinstance(value, str) else value


def _token(start: list[Any], sort_by: str, filter_text: str, listable: Listable) -> str:
    content = {"model": listable.name, "start": start, "sort_by": sort_by, "filter": filter_text}
    return base64.b64encode(json.dumps(content).encode()).decode()


def _open_token(token: str, listable: Listable) -> tuple[list[Any], str, str]:
    try:
        content = json.loads(base64.b64decode(token, validate=True))
        if content["model"] != listable.name:
            raise invalid("page token does not match the listed resource.")
        return content["start"], content["sort_by"], content["filter"]
    except (binascii.Error, ValueError, TypeError, KeyError) as error:
        raise invalid("Invalid package token") from error
