"""How many examples a test draws: all of them in the thorough round, a quarter of them in the quick one."""

from hypothesis import settings

settings.register_profile("thorough", max_examples=100, deadline=None)
settings.register_profile("quick", max_examples=25, deadline=None)


def draw(round_: str) -> None:
    """Draw as this round does, "quick" or "thorough"."""
    settings.load_profile(round_)


def drawn(examples: int) -> settings:
    """So many examples in the thorough round, however long each takes."""
    is_thorough = settings.get_current_profile_name() == "thorough"
    return settings(max_examples=examples if is_thorough else max(examples // 4, 10))
