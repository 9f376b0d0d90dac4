"""Which sentence is written next: types that are behind their share come first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from distil_dagster.teachers.recombination.redaction.composing import Sentence
from distil_dagster.teachers.recombination.redaction.pieces import Piece
from distil_dagster.teachers.recombination.redaction.scene import Scene

TRIES = 3
MINDFUL = 0.75
"""How often the types decide; otherwise it is only how often a sentence was told."""
UNIFORM = 0.3
"""The part of each type's share that is equal for all; the rest is as in the seeds."""


class Balance:
    """Counts what was written and picks sentences accordingly."""

    def __init__(self, of_seeds: Mapping[str, int]) -> None:
        total = sum(of_seeds.values())
        self._wanted = {
            kind: UNIFORM / len(of_seeds) + (1 - UNIFORM) * count / total for kind, count in of_seeds.items()
        }
        self._written: Counter[str] = Counter()
        self._told: Counter[str] = Counter()

    def count(self, pieces: Iterable[Piece], sources: Iterable[Sentence]) -> None:
        """Note the values of a row that is kept, and the sentences it is made of."""
        self._written.update(piece.type for piece in pieces if piece.type)
        self._told.update(source.name for source in sources)

    def choose(self, sentences: Sequence[Sentence], scene: Scene) -> Sentence | None:
        """Of some that fit the scene and hold no unknown type, the one needed most or told least."""
        fitting: list[Sentence] = []
        for _ in range(8 * TRIES):
            if len(fitting) == TRIES or not sentences:
                break
            candidate = scene.random.choice(sentences)
            if candidate.types <= self._wanted.keys() and candidate.fits(scene):
                fitting.append(candidate)
        minds_types = scene.random.random() < MINDFUL

        def rank(sentence: Sentence) -> tuple[float, int]:
            return self._need(sentence.types) if minds_types else 0.0, -self._told[sentence.name]

        return max(fitting, key=rank, default=None)

    def _need(self, kinds: frozenset[str]) -> float:
        total = sum(self._written.values()) or 1
        needs = [self._wanted[kind] - self._written[kind] / total for kind in kinds]
        return round(max(needs, default=0.0), 2)
