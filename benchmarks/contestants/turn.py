"""How a measured program talks with the harness; needs nothing but Python, so that rivals can use it too."""

import json
import sys


def wait_for_go():
    """Everything is loaded: say so, and wait until all are."""
    print("ready", flush=True)
    if not sys.stdin.readline():
        sys.exit(1)


def tell(**figures):
    """What came of it; then stay, so that the harness can read what this process used."""
    print(json.dumps(figures), flush=True)
    sys.stdin.readline()
