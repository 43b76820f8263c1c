"""A test run: no way out of this machine, and no work that tests do not need."""

import gc
import ipaddress
import os
import sys
import tempfile
from typing import Any

import pytest

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())  # where the test PostgreSQL keeps its lock

gc.set_threshold(50_000, 100, 100)  # collections that walk over the whole program were a tenth of the work


def _only_loopback(event: str, arguments: tuple[Any, ...]) -> None:
    """No test may reach another machine."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise PermissionError(f"a test tried to reach {host}: only loopback addresses are allowed")


sys.addaudithook(_only_loopback)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What the quick round leaves out."""
    parser.addoption(
        "--thorough",
        action="store_true",
        help="every action on PostgreSQL too, and four times as many drawn examples, as `make test` does",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Load the program where tests run: a process that only hands them out to others needs none of it."""
    is_thorough = config.getoption("thorough")
    if not is_thorough and not config.option.markexpr:
        config.option.markexpr = "not thorough"
    if config.getoption("dist", "no") == "no":
        from tests.drawn import draw  # noqa: PLC0415 - for the same reason

        draw("thorough" if is_thorough else "quick")
        config.pluginmanager.import_plugin("tests.fixtures")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no collection need look at it again."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first: the others fill up what is left at the end. In each, what needs a browser comes last.

    While a browser is open, nothing else may run an event loop on its thread.
    """
    items.sort(key=lambda item: (not item.get_closest_marker("long"), _needs_a_browser(item)))


def _needs_a_browser(item: pytest.Item) -> bool:
    return "chromium" in getattr(item, "fixturenames", ())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the balances of the fault tests: what was killed or broken, and what became of every message."""
    reports = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    balances = [value for report in reports for name, value in report.user_properties if name == "balance"]
    if balances:
        terminalreporter.section("faults")
        for balance in balances:
            terminalreporter.write_line(str(balance))
