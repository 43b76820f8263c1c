"""The example settings: loaded as they are, complete, explained key by key, the same as leaving everything out."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from outreach.config import Settings, load_settings, settings_from
from outreach.library import shipped

EXAMPLE = shipped() / "config.example.toml"
KEY = re.compile(r"(\w+) = (.*)")


def test_the_example_loads_and_says_what_leaving_everything_out_means() -> None:
    nothing_mapped: dict[str, Any] = {
        "import": {"codes": {"ethnicity": {}}}
    }  # the example shows where codes go
    assert load_settings(EXAMPLE) == settings_from(nothing_mapped, EXAMPLE)


def test_the_example_has_every_key_and_no_other() -> None:
    written = set(_keys(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))))
    assert written - _FREE == set(_fields(Settings)) - _FREE


_FREE = frozenset({("import", "columns"), ("import", "codes"), ("import", "codes", "ethnicity")})
"""Tables whose keys are somebody's own."""


def _keys(table: dict[str, object], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from _keys(value, (*above, name))
        else:
            yield *above, name


def _fields(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, info in model.model_fields.items():
        own = (*above, info.alias or name)
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _fields(info.annotation, own)
        else:
            yield own


def test_every_key_of_the_example_is_explained_or_shows_itself() -> None:
    unexplained = []
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        found = KEY.match(line)
        if found and "#" not in found[2] and not before.startswith("#"):
            unexplained.append(found[1])
    assert set(unexplained) <= {"host", "port", "username"}, "these three say themselves what they are"
