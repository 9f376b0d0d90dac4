"""Whether a docstring tells the truth about a piece of Python, as far as its syntax can tell.

The checks are the parts of the published rubric that need no judge: every parameter documented, none invented, and
sections for what is returned, yielded and raised. Wording, descriptions and examples are free.
"""

from distil_dagster.tasks.answer_forms.google_docstring import Docstring, parse_docstring
from distil_dagster.tasks.answer_forms.python_interface import CATCH_ALL, Interface, documented_interface, is_python

__all__ = [
    "CHECKS",
    "Docstring",
    "Interface",
    "docstring_checks",
    "docstring_problems",
    "documented_interface",
    "is_python",
    "parse_docstring",
]

CHECKS = ("parameters", "nothing_invented", "returns", "raises")


def docstring_problems(source: str, docstring: str) -> list[str]:
    """What the docstring leaves out or makes up, one sentence each; empty if it passes every check.

    Raises ValueError if the source can't be parsed or defines nothing.
    """
    return [sentence for problems in _problems(source, docstring).values() for sentence in problems]


def docstring_checks(source: str, docstring: str) -> dict[str, float]:
    """Each of `CHECKS` as 1 or 0, and under `docstring_match` whether there is no problem whatever.

    `parameters`: each is documented. `nothing_invented`: no other is, nor an exception that can't be raised
    (`Interface.can_raise`). `returns`: Returns where a value is returned, Yields or Returns where one is yielded,
    neither where there is none. `raises`: every class raised is documented; where all that can be told of what is
    raised is Exception (`except Exception: raise`), any class will do. `docstring_match` asks for a summary as well.

    Raises ValueError if the source can't be parsed or defines nothing.
    """
    problems = _problems(source, docstring)
    return {
        **{check: float(not problems[check]) for check in CHECKS},
        "docstring_match": float(not any(problems.values())),
    }


def _problems(source: str, docstring: str) -> dict[str, list[str]]:
    interface, said = documented_interface(source), parse_docstring(docstring)
    documented = {*said.arguments, *said.keywords, *said.attributes}
    if said.keywords and interface.keywords:
        documented.add(interface.keywords)
    return {
        "summary": [] if said.summary else ["there is no summary"],
        "parameters": [
            f"the parameter {name} is not documented" for name in interface.parameters if name not in documented
        ],
        "nothing_invented": [
            *(f"{name} is documented but is no parameter" for name in _invented_parameters(interface, said)),
            *(
                f"{name} is documented but can't be raised"
                for name in dict.fromkeys(said.raises)
                if not interface.can_raise(name)
            ),
        ],
        "returns": _result_problems(interface, said),
        "raises": [
            f"the exception {name} is not documented"
            for name in sorted(interface.raises)
            if name not in said.raises and not (name in CATCH_ALL and said.raises)
        ],
    }


def _invented_parameters(interface: Interface, said: Docstring) -> list[str]:
    known = {*interface.parameters, "self", "cls"}
    claimed = said.arguments if interface.keywords else (*said.arguments, *said.keywords)
    return [name for name in dict.fromkeys(claimed) if name not in known]


def _result_problems(interface: Interface, said: Docstring) -> list[str]:
    if interface.yields:
        return [] if said.has_yields or said.has_returns else ["what is yielded is not documented"]
    problems = []
    if interface.returns and not said.has_returns:
        problems.append("what is returned is not documented")
    if said.has_returns and not interface.returns:
        problems.append("a returned value is documented, but there is none")
    if said.has_yields:
        problems.append("yielded values are documented, but there are none")
    return problems
