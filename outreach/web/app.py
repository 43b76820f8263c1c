"""Builds the web application from its services."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from outreach.services import Services
from outreach.web import (
    account,
    activities,
    adjustments,
    audit,
    coming,
    conversation,
    deaths,
    faults,
    feedback,
    forecast,
    gate,
    groups,
    handset,
    headers,
    health,
    hooks_email,
    hooks_twilio,
    imports,
    letters,
    look,
    members,
    messages,
    own_page,
    people,
    replies,
    reports,
    rota,
    saved,
    schedules,
    sign_in,
    stops,
    survey_desk,
    task_ends,
    task_work,
    tasks,
    template_editor,
    templates,
    today,
    unsubscribe,
    welcome,
    worry,
)
from outreach.web.here import MOST_FIELDS

MOST_BYTES = 1_000_000

PARTS = (
    health,
    hooks_twilio,
    hooks_email,
    unsubscribe,
    own_page,
    feedback,
    sign_in,
    welcome,
    today,
    tasks,
    task_work,
    task_ends,
    adjustments,
    deaths,
    imports,
    saved,
    replies,
    conversation,
    coming,
    stops,
    worry,
    people,
    members,
    rota,
    account,
    audit,
    template_editor,
    templates,
    schedules,
    messages,
    forecast,
    letters,
    activities,
    groups,
    reports,
    survey_desk,
)
"""Each has its routes in `pages`; who may open them is in `permissions`."""


def create_app(services: Services) -> Flask:
    """The application with these services."""
    app = Flask(__name__, template_folder="pages", static_folder="static")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["MAX_FORM_PARTS"] = MOST_FIELDS
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES
    app.extensions["outreach"] = services
    if proxies := services.config.web.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    for set_up in (gate.guard, headers.secure, faults.explain, look.dress):
        set_up(app)
    own_page.slow_down(app)
    feedback.slow_down(app)
    for part in PARTS:
        app.register_blueprint(part.pages)
    if services.config.service.demo and services.texts.is_simulated:
        app.register_blueprint(handset.pages)
    return app
