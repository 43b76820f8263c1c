"""Every long proof, one after the other, and at the end a table of what became of every message.

`python -m tests.faults.soak`; exit 1 when anything was doubled or lost, or a part did not end.
"""

import os
import subprocess
import sys
import time

MOST_SECONDS = 900

PARTS: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
    ("killed and troubled, 200 messages each", ("pytest", "-rN", "tests/faults"), {"FAULTS_PEOPLE": "200"}),
    ("a provider with a limit", ("tests.faults.limited",), {}),
    ("real workers in real trouble", ("tests.faults.storm",), {}),
    ("a cluster whose workers are killed", ("tests.faults.cluster",), {}),
)


def main() -> int:
    """Run each part and repeat at the end what it counted."""
    ended, table = [], []
    for name, words, environ in PARTS:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        code, lines = _run(words, environ)
        table += [line for line in lines if _counts(line)]
        ended.append((name, code, time.monotonic() - began))
    print("\n== what became of every message")
    print("\n".join(dict.fromkeys(table)))
    for name, code, seconds in ended:
        print(f"{'holds' if code == 0 else 'DOES NOT HOLD'}: {name} ({seconds / 60:.1f} minutes)")
    return 0 if all(code == 0 for _, code, _ in ended) else 1


def _run(words: tuple[str, ...], environ: dict[str, str]) -> tuple[int, list[str]]:
    """Show what it says as it says it, and keep that."""
    lines = []
    with subprocess.Popen(
        [sys.executable, "-u", "-m", *words],
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip())
        return process.wait(MOST_SECONDS), lines


def _counts(line: str) -> bool:
    return " twice, " in line or line.startswith(("replies: ", "all members in", "5 members, each"))


if __name__ == "__main__":
    raise SystemExit(main())
