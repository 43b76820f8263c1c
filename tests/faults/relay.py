"""Passes on what comes to a port of loopback to another address: `python -m tests.faults.relay PORT TO`."""

import asyncio
import sys
from contextlib import suppress


async def main(port: int, to: str) -> None:
    """Until this process is ended."""

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            away, back = await asyncio.open_connection(to, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass(reader, back), _pass(away, writer))

    server = await asyncio.start_server(passed_on, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
