"""What the service knows about time, words and people: pure functions without database, clock or network."""
