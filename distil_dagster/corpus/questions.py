"""Which utterances of a dialogue are questions of their own, as they are compared with those of other dialogues."""

from collections.abc import Iterable, Iterator, Sequence


def compared_questions(
    utterances: Iterable[Sequence[str]], *, telling_tokens: int
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The position of each utterance that says anything, and the tokens by which it is compared.

    What is said at some length is a question wherever it stands. A phrase of fewer than `telling_tokens` tokens ("and
    the kitchen too") is common property and asks something else in each dialogue, so it is compared together with all
    that was said before.
    """
    so_far: list[str] = []
    for position, tokens in enumerate(utterances):
        so_far.extend(tokens)
        if tokens:
            yield position, tuple(tokens if len(tokens) >= telling_tokens else so_far)
