"""Our web application on the database that the environment names."""

import os

from flask import Flask

from benchmarks.house import services_for
from outreach.web.app import create_app


def app() -> Flask:
    """What the web server loads."""
    return create_app(services_for(os.environ["HOOK_DATABASE"]))
