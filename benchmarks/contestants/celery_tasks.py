"""Celery's worker: takes a row, renders it, sends it with the provider's client, and writes down what came of it."""

import os
import sqlite3

from celery import Celery
from jinja2 import Environment
from twilio.rest import Client

app = Celery("rival", broker=os.environ.get("RIVAL_BROKER", "redis://127.0.0.1:6399/0"))
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)

TEMPLATE = Environment(autoescape=False).from_string(
    "Hello {{ name }}, " + "this is the waiting list team. " * 8 + "Reply TALK to talk, STOP to stop."
)
KEPT = {}


def _kept():
    """This worker's own connection and client."""
    if not KEPT:
        database = sqlite3.connect(os.environ["RIVAL_DATABASE"], timeout=30, isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        client = Client("AC" + "5" * 32, "not-a-real-token")
        client.api.base_url = os.environ["RIVAL_API"]
        KEPT.update(database=database, client=client)
    return KEPT["database"], KEPT["client"]


@app.task(name="send")
def send(number):
    """One message, from stored row to stored result."""
    database, client = _kept()
    name, mobile = database.execute("SELECT name, mobile FROM message WHERE id = ?", (number,)).fetchone()
    sent = client.messages.create(
        to=mobile,
        body=TEMPLATE.render(name=name),
        from_="+447700900999",
        status_callback=f"http://127.0.0.1/receipts/{number}",
        validity_period=3600,
    )
    database.execute("UPDATE message SET state = 'sent', provider_id = ? WHERE id = ?", (sent.sid, number))
