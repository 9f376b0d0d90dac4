"""How alike two short texts are: the measures of extractive question answering, and ROUGE-L for longer ones."""

import re
import string
from collections import Counter

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_WORD = re.compile(r"[^\W_]+")
_VERDICTS = frozenset({"yes", "no", "noanswer"})


def normalised_answer(text: str) -> str:
    """The text in lower case, without ASCII punctuation and English articles, its words parted by single blanks.

    The normalisation of SQuAD (Rajpurkar et al. 2016, section 6.1).
    """
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(reference: str, prediction: str) -> bool:
    """Whether both texts are the same after `normalised_answer` (Rajpurkar et al. 2016, section 6.1)."""
    return normalised_answer(reference) == normalised_answer(prediction)


def answer_f1(reference: str, prediction: str) -> float:
    """The harmonic mean of precision and recall over the bags of normalised words, from 0 to 1.

    Rajpurkar et al. 2016, section 6.1, with the exception of HotpotQA's evaluation (Yang et al. 2018): if either text
    is nothing but `yes`, `no` or `noanswer`, then the other must be the same, or the value is 0. Two texts without a
    word are the same (1), as in SQuAD 2.0.
    """
    expected, given = normalised_answer(reference), normalised_answer(prediction)
    if expected != given and not _VERDICTS.isdisjoint({expected, given}):
        return 0.0
    left, right = Counter(expected.split()), Counter(given.split())
    return _harmonic_mean((left & right).total(), left.total(), right.total())


def rouge_l(reference: str, prediction: str) -> float:
    """ROUGE-L, from 0 to 1: the F-measure of the longest common subsequence of words (Lin 2004, section 3.1).

    Precision and recall weigh the same (beta = 1). The whole text is one sequence; words are runs of letters and
    digits in lower case, not stemmed. Two texts without a word are the same (1).
    """
    from rapidfuzz.distance import LCSseq

    left, right = _WORD.findall(reference.lower()), _WORD.findall(prediction.lower())
    return _harmonic_mean(LCSseq.similarity(left, right), len(left), len(right))


def _harmonic_mean(common: int, expected: int, given: int) -> float:
    """F1 of a recall `common / expected` and a precision `common / given`."""
    return 2 * common / (expected + given) if expected + given else 1.0
