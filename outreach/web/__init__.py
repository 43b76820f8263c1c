"""The web doors: each parses a request, calls one action and shows what came of it."""
