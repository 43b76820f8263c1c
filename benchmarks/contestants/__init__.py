"""Programs that are measured, each in a process of its own: says "ready", waits for a line, works, tells in JSON."""
