"""Marks a test of an action that runs on both databases in the quick round too: each locks and orders in its way."""

import pytest

both_databases = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
