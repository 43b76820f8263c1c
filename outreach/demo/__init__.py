"""Outreach on a made-up waiting list: some months of one service, to look at and to try."""
