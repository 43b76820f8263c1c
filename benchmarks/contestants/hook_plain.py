"""The least that a hook can do: check the signature, store the row, commit, mark it, commit."""

import os
import sqlite3

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator


def app() -> Flask:
    """What the web server loads."""
    path = f"{os.environ['HOOK_DATABASE'].removeprefix('sqlite:///')}.plain"
    database = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
        database.execute(f"PRAGMA {pragma}")
    database.execute(
        "CREATE TABLE IF NOT EXISTS reply (sid TEXT PRIMARY KEY, sender TEXT, body TEXT, done INT)"
    )
    validator = RequestValidator(os.environ["HOOK_SECRET"])
    hook = Flask(__name__)

    @hook.get("/health/live")
    def live() -> str:
        return "ok"

    @hook.post("/hooks/twilio/replies")
    def replies() -> Response:
        form = request.form.to_dict()
        address = "http://127.0.0.1:8000/hooks/twilio/replies"
        if not validator.validate(address, form, request.headers.get("X-Twilio-Signature", "")):
            return Response(status=403)
        row = (form["MessageSid"], form["From"], form["Body"])
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT OR IGNORE INTO reply VALUES (?, ?, ?, 0)", row)
        database.execute("COMMIT")
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE reply SET done = 1 WHERE sid = ?", row[:1])
        database.execute("COMMIT")
        return Response("<Response/>", mimetype="text/xml")

    return hook
