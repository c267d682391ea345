"""The page cache: what depends on its key alone is made once for each application."""

from collections.abc import Callable
from typing import TypeVar, cast

from flask import Flask, current_app

_EXTENSION = "page_cache"

Value = TypeVar("Value")


class PageCache:
    """Pages and parts of pages by key, in memory until the process ends.

    A key begins with a purpose, whose values have one type. Keys may contain only what this application
    offers, such as languages, endpoints and editions, never what a request contains: else the cache would
    grow without limit. Nothing about a person belongs in it.
    """

    def __init__(self) -> None:
        self._values: dict[tuple[object, ...], object] = {}

    def get(self, key: tuple[object, ...], make: Callable[[], Value]) -> Value:
        """Return the value of `key`. The first call for a key makes it."""
        if key not in self._values:
            self._values[key] = make()
        return cast("Value", self._values[key])


def install(app: Flask) -> None:
    """Give an application an empty cache."""
    app.extensions[_EXTENSION] = PageCache()


def current_page_cache() -> PageCache:
    """Return the cache of the application that serves this request."""
    cache: PageCache = current_app.extensions[_EXTENSION]
    return cache
