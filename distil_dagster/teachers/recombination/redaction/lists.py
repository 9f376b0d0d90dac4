"""Lists of words and phrases, written as text."""


def words(text: str) -> tuple[str, ...]:
    """What stands between blanks."""
    return tuple(text.split())


def phrases(text: str) -> tuple[str, ...]:
    """What stands between semicolons."""
    return tuple(item.strip() for item in text.split(";") if item.strip())
