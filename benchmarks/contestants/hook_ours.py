"""Our web application on the database that the environment names."""

import os

from flask import Flask

from benchmarks.house import services_for
from outreach.app import keep_what_is_loaded
from outreach.web.app import create_app


def app() -> Flask:
    """What the web server loads."""
    ours = create_app(services_for(os.environ["HOOK_DATABASE"]))
    keep_what_is_loaded()
    return ours
