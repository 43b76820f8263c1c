"""Queues every row and waits until each has its result: `celery_rival COUNT`."""

import os
import sqlite3
import sys
import time

from benchmarks.contestants.celery_tasks import app, send
from benchmarks.contestants.turn import tell, wait_for_go


def main():
    """Made rows, then the race."""
    count = int(sys.argv[1])
    database = sqlite3.connect(os.environ["RIVAL_DATABASE"], timeout=30, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("DROP TABLE IF EXISTS message")
    database.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, name, mobile, state, provider_id)")
    rows = [(n, f"Person{n}", f"+447700900{n % 1000:03}") for n in range(count)]
    database.execute("BEGIN")
    database.executemany("INSERT INTO message VALUES (?, ?, ?, 'planned', NULL)", rows)
    database.execute("COMMIT")
    database.execute("CREATE INDEX planned ON message (id) WHERE state = 'planned'")
    while not app.control.ping(timeout=1):
        pass
    wait_for_go()
    with app.producer_pool.acquire() as producer:
        for number in range(count):
            send.apply_async((number,), producer=producer)
    while database.execute("SELECT 1 FROM message WHERE state = 'planned' LIMIT 1").fetchone():
        time.sleep(0.05)
    (done,) = database.execute("SELECT count(*) FROM message WHERE state = 'sent'").fetchone()
    tell(accepted=done)


if __name__ == "__main__":
    main()
