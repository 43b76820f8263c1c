"""The only code that knows vendors: each sends, finds, and reads its own webhooks."""
