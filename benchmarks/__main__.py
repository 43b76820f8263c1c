"""`python -m benchmarks [NAME…]` measures these suites, or all; `--quick` does a tenth once, `--list` names them."""

import argparse
import importlib
import time
from pathlib import Path

from benchmarks.line import RESULTS, Line, Size, keep
from benchmarks.provider import SCRATCH
from benchmarks.speed_page import write_page

SUITES = ("delivery", "email", "ticks", "hook", "import_waitlist", "year", "reports", "forecast", "pages")
"""Modules of this package with `measure(size)`, which yields lines."""


def main() -> int:
    """Measure, tell, keep; 1 when a goal was missed."""
    asked = _asked()
    if asked.list:
        print("\n".join(available()))
        return 0
    SCRATCH.mkdir(exist_ok=True)
    lines = [line for name in asked.names or available() for line in measured(name, Size(not asked.quick))]
    if not asked.quick:
        keep(lines)
        write_page()
        print(f"kept in {RESULTS} and docs/speed.md")
    return 0 if all(line.met for line in lines) else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="suites; all when left out")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth, once: shows that it works, not how fast"
    )
    parser.add_argument("--list", action="store_true", help="name the suites")
    asked = parser.parse_args()
    for name in asked.names:
        if name not in available():
            parser.error(f"there is no {name}; there are {', '.join(available())}")
    return asked


def available() -> list[str]:
    """The suites that are there."""
    here = Path(__file__).parent
    return [name for name in SUITES if (here / f"{name}.py").exists()]


def measured(name: str, size: Size) -> list[Line]:
    """The lines of one suite, told as they come."""
    print(f"\n{name}", flush=True)
    began, lines = time.monotonic(), []
    for line in importlib.import_module(f"benchmarks.{name}").measure(size):
        print(f"  {line}", flush=True)
        lines.append(line)
    print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    return lines


if __name__ == "__main__":
    raise SystemExit(main())
