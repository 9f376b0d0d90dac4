"""Finds texts close to one before them, however many there are, by an exact join of their token sets."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from distil_dagster.corpus.similarity import token_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

TEXTS_AT_ONCE = 1024
PAIRS_AT_ONCE = 2**20
TOKENS_AT_ONCE = 2**22
REJECTED_AT_MOST = 0.05
"""Share of the entries of rejected texts from which on it pays to sweep them out."""
WORDS = 2
"""Of 64 bits each in the short form of a text."""


def near_duplicates(texts: Sequence[Sequence[str]], threshold: float) -> dict[int, int]:
    """The texts to leave out so that no two stay whose token sets have a Jaccard similarity at or above the threshold.

    Texts are taken in their order: one that is close to an earlier one which stays is out. Returns the position of each
    text that is out, in order, with that of the first text it is close to and which stays. Texts without tokens are
    close to each other.

    Exact: all such pairs are found, none by chance. Two sets of m and n tokens that are similar enough differ in at
    most d = (1 - t) / (1 + t) * (m + n) tokens; so if all tokens are dealt into d + 1 parts, both are equal in one part
    at least (Arasu, Ganti & Kaushik 2006, "Efficient Exact Set-Similarity Joins", VLDB; Deng et al. 2015, "An Efficient
    Partition Based Method for Exact Set Similarity Joins", PVLDB 9(4)). Dealt by their frequency, each part has some of
    the rare ones, and few texts are equal there by accident. Of those that are, a comparison of bitmaps leaves hardly
    any but the true pairs (Sandes, Teodoro & Melo 2020, "Bitmap filter: Speeding up exact set similarity joins with
    bitwise operations", Information Systems 88), for which the similarity is computed.
    """
    import numpy as np

    if not texts:
        return {}
    join = _Join(texts, threshold)
    is_out = np.zeros(len(texts), dtype=bool)
    found: dict[int, int] = {}
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        stop = min(start + TEXTS_AT_ONCE, len(texts))
        earlier, later = join.proposed(start, stop, is_out)
        # What an older text rejects needs no comparison with its neighbours.
        older = earlier < start
        old_earlier, old_later = join.near(earlier[older], later[older])
        # Proposals come in order, so the first is kept.
        out, firsts = np.unique(old_later, return_index=True)
        found.update(zip(out.tolist(), old_earlier[firsts].tolist(), strict=True))
        is_out[out] = True
        rest = ~older & ~is_out[later] & ~is_out[earlier]
        for original, copy in zip(*map(np.ndarray.tolist, join.near(earlier[rest], later[rest])), strict=True):
            if not is_out[original] and not is_out[copy]:
                found[copy] = original
                is_out[copy] = True
        join.sweep(is_out)
    return dict(sorted(found.items()))


class _Join:
    """The texts by what they may have in common: `entries` of one text each, those of equal parts side by side."""

    def __init__(self, texts: Sequence[Sequence[str]], threshold: float) -> None:
        import numpy as np

        self._threshold = threshold
        self._matrix = token_matrix(texts)
        self._sizes = np.diff(self._matrix.indptr)
        self._bitmaps = _bitmaps(self._matrix)
        parts = [*_equal_parts(self._matrix, self._sizes, threshold)]
        keys, rows = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        order = np.lexsort((rows, keys))
        keys = keys[order]
        self._arrange(rows[order], np.concatenate([[True], keys[1:] != keys[:-1]]))

    def proposed(self, start: int, stop: int, is_out: "NDArray[Any]") -> tuple["NDArray[Any]", "NDArray[Any]"]:
        """Pairs of texts that may be near, the later from `start` to `stop`, in order and each once."""
        import numpy as np

        entries = self._by_row[self._ends[start] : self._ends[stop]]
        counts = entries - self._starts[entries]
        codes = []
        for some, some_counts in _batches(entries, counts):
            later = np.repeat(self._rows[some], some_counts)
            steps = np.arange(len(later)) - np.repeat(np.cumsum(some_counts) - some_counts, some_counts)
            earlier = self._rows[np.repeat(self._starts[some], some_counts) + steps]
            differing = np.zeros(len(later), dtype=np.uint8)
            for words in self._bitmaps:
                differing += np.bitwise_count(words[later] ^ words[earlier])
            close = (differing <= _most_different(self._sizes[later] + self._sizes[earlier], self._threshold)) & (
                ~is_out[earlier]
            )
            codes.append(np.unique(later[close].astype(np.int64) * len(self._sizes) + earlier[close]))
        pairs = np.unique(np.concatenate(codes)) if codes else np.empty(0, np.int64)
        return pairs % len(self._sizes), pairs // len(self._sizes)

    def near(self, earlier: "NDArray[Any]", later: "NDArray[Any]") -> tuple["NDArray[Any]", "NDArray[Any]"]:
        """Those of the pairs that are near."""
        import numpy as np

        is_near = np.empty(len(earlier), dtype=bool)
        step = max(1, TOKENS_AT_ONCE // max(1, int(self._sizes.max())))
        for first in range(0, len(earlier), step):
            some = slice(first, first + step)
            common = self._matrix[later[some]].multiply(self._matrix[earlier[some]]).sum(axis=1)
            union = self._sizes[later[some]] + self._sizes[earlier[some]] - common
            is_near[some] = common >= self._threshold * union
        return earlier[is_near], later[is_near]

    def sweep(self, is_out: "NDArray[Any]") -> None:
        """Forget the texts that are out, once they are many."""
        import numpy as np

        gone = is_out[self._rows]
        if gone.sum() > REJECTED_AT_MOST * len(self._rows):
            begins = np.zeros(len(self._rows), dtype=bool)
            begins[self._starts] = True
            groups = np.cumsum(begins)[~gone]
            self._arrange(self._rows[~gone], np.concatenate([[True], groups[1:] != groups[:-1]])[: len(groups)])

    def _arrange(self, rows: "NDArray[Any]", begins: "NDArray[Any]") -> None:
        """Take the entries' texts in, and which of them begin a group; a group of one says nothing."""
        import numpy as np

        alone = begins & np.concatenate([begins[1:], [True]])
        rows, begins = rows[~alone], begins[~alone]
        firsts = np.flatnonzero(begins)
        self._rows = rows
        self._starts = np.repeat(firsts, np.diff(np.concatenate([firsts, [len(rows)]])))
        self._by_row = np.argsort(rows, kind="stable")
        self._ends = np.searchsorted(rows[self._by_row], np.arange(len(self._sizes) + 1))


def _equal_parts(
    matrix: "csr_array", sizes: "NDArray[Any]", threshold: float
) -> Iterator[tuple["NDArray[Any]", "NDArray[Any]"]]:
    """For texts of about the same size, a key for each part, equal where the parts are, and the text's position.

    Sizes l to l / threshold make up a class; a text can be near to others of its class and the two beside it, so it is
    compared within its own and with the class of larger ones.
    """
    import numpy as np
    from scipy.sparse import csr_array

    random = np.random.default_rng(0)
    tokens = matrix.shape[1]
    hashes, numbers = random.integers(2**63, size=tokens, dtype=np.uint64), np.arange(tokens)
    smallest, before = 0, 0
    while smallest <= sizes.max():
        largest = max(smallest, int(smallest / threshold + 1e-6))
        rows = np.flatnonzero((sizes >= before) & (sizes <= largest))
        if len(rows) and sizes[rows].max() >= smallest:
            parts = int(_most_different(2 * largest, threshold)) + 1
            # Columns are in the order of frequency, so each part is dealt as many rare tokens as any other.
            dealt = csr_array((hashes, numbers % parts, np.arange(tokens + 1)), shape=(tokens, parts))
            # Sums that overflow are as good as any.
            keys = (matrix[rows].astype(np.uint64) @ dealt).toarray() + random.integers(
                2**63, size=parts, dtype=np.uint64
            )
            yield keys.ravel(), np.repeat(rows, parts)
        before, smallest = smallest, largest + 1


def _most_different(sizes: Any, threshold: float) -> Any:
    """How many tokens are in only one of two texts at most, if they have so many together and are near."""
    import numpy as np

    return np.floor((1 - threshold) / (1 + threshold) * sizes + 1e-6)


def _bitmaps(matrix: "csr_array") -> list["NDArray[Any]"]:
    """Short forms of the texts that differ in no more bits than the texts do in tokens."""
    import numpy as np

    random = np.random.default_rng(1)
    places = random.integers(64 * WORDS, size=matrix.shape[1])
    filled = np.flatnonzero(np.diff(matrix.indptr))
    bitmaps = []
    for word in range(WORDS):
        bits = np.where(places // 64 == word, np.uint64(1) << (places % 64).astype(np.uint64), np.uint64(0))
        bitmap = np.zeros(matrix.shape[0], dtype=np.uint64)
        if len(filled):
            bitmap[filled] = np.bitwise_xor.reduceat(bits[matrix.indices], matrix.indptr[filled])
        bitmaps.append(bitmap)
    return bitmaps


def _batches(entries: "NDArray[Any]", counts: "NDArray[Any]") -> Iterator[tuple["NDArray[Any]", "NDArray[Any]"]]:
    """Entries with their counts, so many at a time that the counts make up about `PAIRS_AT_ONCE`."""
    import numpy as np

    paired = counts > 0
    entries, counts = entries[paired], counts[paired]
    totals = np.cumsum(counts)
    first = 0
    while first < len(entries):
        done = totals[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(totals, done + PAIRS_AT_ONCE, side="right")))
        yield entries[first:last], counts[first:last]
        first = last
