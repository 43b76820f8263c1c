"""What the service does: one use case a file, each loads, asks the rules and writes."""
