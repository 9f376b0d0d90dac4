"""What a source's syntax says of its parameters, results and exceptions."""

from __future__ import annotations

import textwrap

import pytest

from distil_dagster.tasks.answer_forms.python_interface import Interface, documented_interface, is_python


def function(body: str, before: str = "") -> Interface:
    """The interface of a function `f(x, fail)` with this body."""
    return documented_interface(f"{before}\ndef f(x, fail):\n{textwrap.indent(textwrap.dedent(body), '    ')}\n")


class TestDefinition:
    def test_the_last_definition_is_the_documented_one(self) -> None:
        source = "import os\nclass Helper:\n    a: int\ndef first(a): ...\ndef second(b): ...\nLIMIT = 3\n"
        assert documented_interface(source).parameters == ("b",)

    def test_a_method_may_be_indented_as_it_stands_in_its_class(self) -> None:
        assert documented_interface("    @property\n    async def f(self, x):\n        pass\n").parameters == ("x",)

    @pytest.mark.parametrize("source", ["", "x = 1", "def f(:", "Tell me about it", "def f():\nreturn", "\0"])
    def test_a_source_without_a_definition_is_refused(self, source: str) -> None:
        assert not is_python(source)
        with pytest.raises(ValueError, match=r"can't be parsed|defines no function or class"):
            documented_interface(source)

    def test_a_source_with_one_is_python(self) -> None:
        assert is_python("def f(): ...")
        assert is_python("class A: ...")


class TestParameters:
    @pytest.mark.parametrize(
        ("signature", "parameters", "keywords"),
        [
            ("", (), None),
            ("a, b=1", ("a", "b"), None),
            ("a, /, b, *args, c: int = 2, **options", ("a", "b", "args", "c", "options"), "options"),
            ("*, only", ("only",), None),
            ("self, a", ("a",), None),
            ("cls", (), None),
            ("a, self", ("a", "self"), None),
        ],
    )
    def test_they_stand_in_the_order_of_the_signature(
        self, signature: str, parameters: tuple[str, ...], keywords: str | None
    ) -> None:
        interface = documented_interface(f"def f({signature}): ...")
        assert interface.parameters == parameters
        assert interface.keywords == keywords


class TestResults:
    @pytest.mark.parametrize(
        ("body", "returns", "yields"),
        [
            ("pass", False, False),
            ("return", False, False),
            ("return None", False, False),
            ("return 0", True, False),
            ("if x:\n    return\nfor a in x:\n    with a:\n        return a", True, False),
            ("def g():\n    return 1\n    yield 2\ng()", False, False),
            ("g = lambda: (yield 1)", False, False),
            ("class A:\n    def g(self):\n        return 1", False, False),
            ("yield", False, True),
            ("a = yield from x", False, True),
            ("try:\n    pass\nfinally:\n    yield x", False, True),
            ("yield 1\nreturn 2", True, True),
            ("return [a for a in x]", True, False),
        ],
    )
    def test_only_the_functions_own_values_count(self, body: str, returns: bool, yields: bool) -> None:
        interface = function(body)
        assert (interface.returns, interface.yields) == (returns, yields)


class TestRaises:
    @pytest.mark.parametrize(
        ("body", "raises"),
        [
            ("pass", set()),
            ("raise ValueError", {"ValueError"}),
            ("raise ValueError('x') from None", {"ValueError"}),
            ("raise errors.api.NotFound(x)", {"NotFound"}),
            ("raise IOError(x)", {"OSError"}),
            ("error = KeyError(x)\nraise error", {"KeyError"}),
            ("error = None\nif x:\n    error = A(x)\nelse:\n    error = B(x)\nraise error", {"A", "B"}),
            ("raise", {"Exception"}),
            ("raise fail", {"Exception"}),
            ("raise fail(x)", {"Exception"}),
            ("raise (A if x else B)", {"Exception"}),
            ("if x:\n    raise A\nraise B", {"A", "B"}),
            ("def g():\n    raise A", set()),
        ],
    )
    def test_the_class_of_a_raise_statement(self, body: str, raises: set[str]) -> None:
        assert function(body).raises == raises

    @pytest.mark.parametrize(
        ("handler", "raises"),
        [
            ("except KeyError:\n    raise", {"KeyError"}),
            ("except (KeyError, errors.Own):\n    raise", {"KeyError", "Own"}),
            ("except KeyError as error:\n    raise error", {"KeyError"}),
            ("except KeyError as error:\n    raise error from None", {"KeyError"}),
            ("except KeyError as error:\n    last = error\nraise last", {"KeyError"}),
            ("except KeyError:\n    raise Own from None", {"Own"}),
            ("except Exception:\n    raise", {"Exception"}),
            ("except fail:\n    raise", {"Exception"}),
            ("except:\n    raise", {"BaseException"}),
            ("except KeyError:\n    pass\nelse:\n    raise A\nfinally:\n    raise B", {"A", "B"}),
            ("except KeyError:\n    pass\nraise", {"Exception"}),
            ("except* KeyError:\n    raise", {"KeyError"}),
        ],
    )
    def test_what_a_handler_hands_on(self, handler: str, raises: set[str]) -> None:
        assert function(f"last = None\ntry:\n    x()\n{handler}").raises == raises

    @pytest.mark.parametrize(
        ("raised", "caught", "raises"),
        [
            ("Own", "Own", set()),
            ("errors.Own", "other.Own", set()),
            ("Own", "Exception", set()),
            ("FileNotFoundError", "OSError", set()),
            ("FileNotFoundError", "(KeyError, IOError)", set()),
            ("OSError", "FileNotFoundError", {"OSError"}),
            ("Own", "KeyError", {"Own"}),
            ("fail", "KeyError", {"Exception"}),
        ],
    )
    def test_what_is_caught_in_the_same_function_does_not_leave_it(
        self, raised: str, caught: str, raises: set[str]
    ) -> None:
        assert function(f"try:\n    raise {raised}\nexcept {caught}:\n    pass").raises == raises

    def test_an_outer_handler_catches_what_an_inner_one_raises(self) -> None:
        inner = "try:\n    x()\nexcept KeyError:\n    raise Own"
        assert function(f"try:\n{textwrap.indent(inner, '    ')}\nexcept Own:\n    pass").raises == set()


class TestWhatMayBeDocumented:
    @pytest.mark.parametrize(
        ("body", "possible"),
        [
            ("raise Own", "Own"),
            ("def g():\n    raise Own\nreturn g", "Own"),
            ("return x['a']", "KeyError"),
            ("return x / 2", "ZeroDivisionError"),
            ("x //= 2", "ZeroDivisionError"),
            ("assert x", "AssertionError"),
            ("return open(x)", "FileNotFoundError"),
            ("return int(x)", "ValueError"),
            ("return json.loads(x)", "JSONDecodeError"),
            ("return fail()", "Exception"),
            ("try:\n    fail()\nexcept Exception:\n    raise", "Anything"),
            ("raise fail", "Anything"),
        ],
    )
    def test_what_the_body_gives_reason_for(self, body: str, possible: str) -> None:
        assert function(body).can_raise(possible)

    @pytest.mark.parametrize(
        ("body", "impossible"),
        [
            ("return x", "ValueError"),
            ("return x + 1", "TypeError"),
            ("y: list[int] = x", "KeyError"),
            ("try:\n    return x['a']\nexcept LookupError:\n    return None", "KeyError"),
            ("try:\n    return open(x)\nexcept FileNotFoundError:\n    return None", "FileNotFoundError"),
            ("try:\n    raise Own\nexcept Own:\n    pass", "Own"),
            ("try:\n    int(x)\nexcept ValueError:\n    raise Own", "ValueError"),
        ],
    )
    def test_what_it_does_not(self, body: str, impossible: str) -> None:
        assert not function(body).can_raise(impossible)

    def test_imported_code_may_have_exceptions_of_its_own_but_hardly_builtin_ones(self) -> None:
        interface = function("return requests.get(x).json()", before="import requests")
        assert interface.can_raise("HTTPError")
        assert not interface.can_raise("ValueError")

    @pytest.mark.parametrize(
        ("before", "body"),
        [
            ("", "return requests.get(x)"),
            ("import requests", "return x"),
            ("import math", "return math.sqrt(x)"),
            ("from os import path", "return path.exists(x)"),
            ("import requests", "try:\n    requests.get(x)\nexcept requests.HTTPError:\n    pass"),
            ("import requests", "try:\n    requests.get(x)\nexcept Exception:\n    pass"),
        ],
    )
    def test_where_no_imported_code_can_raise_a_class_of_its_own(self, before: str, body: str) -> None:
        assert not function(body, before=before).can_raise("HTTPError")

    def test_what_another_definition_of_the_source_raises(self) -> None:
        assert function("return g(x)", before="def g(x):\n    raise Own").can_raise("Own")


class TestClasses:
    def test_a_class_is_called_through_its_initialiser(self) -> None:
        source = """
        class Queue:
            size: int = 0
            def __init__(self, size, *, name=""):
                if size < 0:
                    raise ValueError(size)
            def get(self):
                if not self.size:
                    raise Empty
                return 1
        """
        interface = documented_interface(source)
        assert interface.parameters == ("size", "name")
        assert interface.raises == {"ValueError"}
        assert not interface.returns
        assert interface.can_raise("Empty")

    @pytest.mark.parametrize("decorator", ["@dataclass", "@dataclass(frozen=True)", "@dataclasses.dataclass"])
    def test_the_fields_of_a_dataclass_are_its_parameters(self, decorator: str) -> None:
        source = f"{decorator}\nclass Point:\n    x: int\n    y: int = 0\n    label = ''\n    def f(self, z): ..."
        assert documented_interface(source).parameters == ("x", "y")

    def test_a_plain_class_without_an_initialiser_has_no_parameters(self) -> None:
        assert documented_interface("class A:\n    x: int\n    def f(self, z): ...").parameters == ()
