"""What a process that is to run for long does once it is loaded."""

import gc

from outreach.app import keep_what_is_loaded


def test_a_collection_does_not_walk_over_the_program_that_is_loaded() -> None:
    loaded = len(gc.get_objects())
    keep_what_is_loaded()
    try:
        assert len(gc.get_objects()) < loaded / 10
    finally:
        gc.unfreeze()
