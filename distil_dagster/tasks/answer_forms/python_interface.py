"""What a piece of Python promises its callers, read from its syntax: parameters, results, exceptions."""

import ast
import builtins
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CATCH_ALL = frozenset({"Exception", "BaseException"})
"""Classes that say nothing of what was raised; also written for an exception whose class can't be told."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = _Function | ast.ClassDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BUILTIN = {
    name: kind for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
}
_FILE_SYSTEM = tuple(name for name, kind in _BUILTIN.items() if issubclass(kind, OSError))
_RAISED_BY_CALL = {
    "open": _FILE_SYSTEM,
    "read_text": _FILE_SYSTEM,
    "write_text": _FILE_SYSTEM,
    "read_bytes": _FILE_SYSTEM,
    "write_bytes": _FILE_SYSTEM,
    "mkdir": _FILE_SYSTEM,
    "makedirs": _FILE_SYSTEM,
    "unlink": _FILE_SYSTEM,
    "int": ("ValueError",),
    "float": ("ValueError",),
    "index": ("ValueError",),
    "remove": ("ValueError", "KeyError", *_FILE_SYSTEM),
    "pop": ("KeyError", "IndexError"),
    "min": ("ValueError",),
    "max": ("ValueError",),
    "load": ("ValueError", "JSONDecodeError"),
    "loads": ("ValueError", "JSONDecodeError"),
    "strptime": ("ValueError",),
    "fromisoformat": ("ValueError",),
    "next": ("StopIteration",),
    "encode": ("UnicodeEncodeError",),
    "decode": ("UnicodeDecodeError",),
    "exit": ("SystemExit",),
}
"""By the last name of what is called, the exceptions that the library reference names for it."""

_WITHOUT_EXCEPTIONS = frozenset(
    [
        "abc",
        "collections",
        "contextlib",
        "copy",
        "dataclasses",
        "datetime",
        "enum",
        "functools",
        "hashlib",
        "itertools",
        "logging",
        "math",
        "operator",
        "os",
        "pathlib",
        "random",
        "string",
        "sys",
        "textwrap",
        "time",
        "typing",
        "uuid",
    ]
)
"""Modules of the standard library that raise no class of their own."""


@dataclass(frozen=True)
class Interface:
    """What a docstring has to say of a definition.

    `parameters` are in the order of the signature, without `self`, `cls` and stars; `keywords` is the one among them
    that takes any keyword. `raises` are the classes that leave the body by a raise statement, by their last name and
    with `Exception` for one that can't be told. `may_raise` are those that a careful author may know to come from
    elsewhere; the same goes for any class that isn't built in and not in `caught` if `foreign_calls`.
    """

    parameters: tuple[str, ...]
    keywords: str | None
    returns: bool
    yields: bool
    raises: frozenset[str]
    may_raise: frozenset[str]
    foreign_calls: bool
    caught: frozenset[str]

    def can_raise(self, name: str) -> bool:
        """Whether the class may be documented as raised.

        It may if the body raises it or something whose class can't be told; if a nested function or another definition
        of the source raises it; if an operation in the body is known to (a file is opened, a key is looked up); or,
        for a class that isn't built in, if the body calls imported code that may have exceptions of its own. What a
        handler around the operation catches is not raised by it.
        """
        return (
            name in self.raises | self.may_raise
            or not CATCH_ALL.isdisjoint(self.raises)
            or (self.foreign_calls and name not in _BUILTIN and name not in self.caught)
        )


def documented_interface(source: str) -> Interface:
    """The interface of the last function or class that the source defines at its top level; those before serve it.

    What nested functions return or raise is not the function's own. A class is called through `__init__`, which gives
    its parameters and exceptions; without one, the annotated fields of a dataclass are its parameters. Creating an
    object neither returns nor yields a value. What other methods raise may be documented but need not be.

    Raises ValueError if the source can't be parsed or defines nothing.
    """
    try:
        module = ast.parse(textwrap.dedent(source))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ValueError(f"the source can't be parsed: {error}") from error
    definitions = [node for node in module.body if isinstance(node, _DEFINITIONS)]
    if not definitions:
        raise ValueError("the source defines no function or class")
    *others, target = definitions
    imported = frozenset(_imported_names(module))
    elsewhere = frozenset(_raised_anywhere(others))
    if not isinstance(target, ast.ClassDef):
        return _function_interface(target, imported, elsewhere)
    elsewhere |= frozenset(_raised_anywhere([node for node in target.body if not _is_initialiser(node)]))
    for node in target.body:
        if isinstance(node, ast.FunctionDef) and _is_initialiser(node):
            return _function_interface(node, imported, elsewhere)
    return Interface(tuple(_dataclass_fields(target)), None, False, False, frozenset(), elsewhere, False, frozenset())


def is_python(source: str) -> bool:
    """Whether the text is Python that defines a function or class, so that `documented_interface` can read it."""
    try:
        documented_interface(source)
    except ValueError:
        return False
    return True


def exception_name(name: str) -> str:
    """The last part of a dotted class name, with the aliases of OSError resolved."""
    last = name.rpartition(".")[2]
    return _BUILTIN[last].__name__ if last in _BUILTIN else last


class _Body(ast.NodeVisitor):
    """Walks through a function's own statements, and knows at each which exceptions are caught around it."""

    def __init__(self, parameters: Iterable[str], imported: frozenset[str]) -> None:
        self.returns = self.yields = self.foreign_calls = False
        self.raises: set[str] = set()
        self.may_raise: set[str] = set()
        self.caught: set[str] = set()
        self._parameters = frozenset(parameters)
        self._imported = imported
        self._around: list[frozenset[str]] = []
        self._handled: list[frozenset[str]] = []
        self._variables: dict[str, frozenset[str]] = {}

    def visit_Return(self, node: ast.Return) -> None:
        self.returns |= node.value is not None and not _is_none(node.value)
        self.generic_visit(node)

    def visit_Yield(self, node: ast.Yield) -> None:
        self.yields = True
        self.generic_visit(node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        self.yields = True
        self.generic_visit(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A function of its own."""

    def _visit_nested(self, node: _Definition) -> None:
        self.may_raise.update(_raised_anywhere([node]))

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _visit_nested  # noqa: N815

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        types = [_handler_names(handler.type) for handler in node.handlers]
        self._around.append(frozenset().union(*types))
        self.caught |= self._around[-1]
        self._visit_all(node.body)
        self._around.pop()
        for handler, names in zip(node.handlers, types, strict=True):
            self._handled.append(frozenset(name if _is_class_name(name) else "Exception" for name in names))
            if handler.name:
                self._variables[handler.name] = self._handled[-1]
            self._visit_all(handler.body)
            self._handled.pop()
        self._visit_all([*node.orelse, *node.finalbody])

    visit_TryStar = visit_Try  # noqa: N815

    def visit_Raise(self, node: ast.Raise) -> None:
        if node.exc is not None:
            classes = self._classes(node.exc)
        else:
            classes = self._handled[-1] if self._handled else frozenset({"Exception"})
        self.raises.update(name for name in classes if not self._is_caught(name))
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._assign(target, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:  # the annotation is no operation
            self._assign(node.target, node.value)
            self.visit(node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        self._may_raise("AssertionError")
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._may_raise("KeyError", "IndexError")
        self.generic_visit(node)

    def _visit_division(self, node: ast.BinOp | ast.AugAssign) -> None:
        if isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod):
            self._may_raise("ZeroDivisionError")
        self.generic_visit(node)

    visit_BinOp = visit_AugAssign = _visit_division  # noqa: N815

    def visit_Call(self, node: ast.Call) -> None:
        self._may_raise(*_RAISED_BY_CALL.get(_last_name(node.func) or "", ()))
        if isinstance(node.func, ast.Name) and node.func.id in self._parameters:
            self._may_raise("Exception")
        if _root_name(node.func) in self._imported and not self._is_caught("Exception"):
            self.foreign_calls = True
        self.generic_visit(node)

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name) and not _is_none(value):
            self._variables[target.id] = self._variables.get(target.id, frozenset()) | self._classes(value)

    def _classes(self, raised: ast.expr) -> frozenset[str]:
        if isinstance(raised, ast.Name) and raised.id in self._variables:
            return self._variables[raised.id]
        return frozenset({_raised_name(raised)})

    def _may_raise(self, *names: str) -> None:
        self.may_raise.update(name for name in names if not self._is_caught(name))

    def _is_caught(self, name: str) -> bool:
        return any(_catches(handler, name) for handlers in self._around for handler in handlers)


def _function_interface(function: _Function, imported: frozenset[str], elsewhere: frozenset[str]) -> Interface:
    signature = function.args
    positional = [argument.arg for argument in [*signature.posonlyargs, *signature.args]]
    if positional[:1] in (["self"], ["cls"]):
        del positional[0]
    rest = [signature.vararg, *signature.kwonlyargs, signature.kwarg]
    parameters = (*positional, *(argument.arg for argument in rest if argument is not None))
    body = _Body(parameters, imported)
    for statement in function.body:
        body.visit(statement)
    return Interface(
        parameters,
        signature.kwarg.arg if signature.kwarg else None,
        body.returns,
        body.yields,
        frozenset(body.raises),
        frozenset(body.may_raise) | elsewhere,
        body.foreign_calls,
        frozenset(body.caught),
    )


def _is_initialiser(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


def _dataclass_fields(node: ast.ClassDef) -> Iterator[str]:
    if any(_last_name(decorator) == "dataclass" for decorator in node.decorator_list):
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                yield statement.target.id


def _imported_names(tree: ast.AST) -> Iterator[str]:
    """The names bound to code that may raise classes of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                module = node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
                if module.partition(".")[0] not in _WITHOUT_EXCEPTIONS:
                    yield alias.asname or alias.name.partition(".")[0]


def _raised_anywhere(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Raise) and node.exc is not None:
                yield _raised_name(node.exc)


def _raised_name(raised: ast.expr) -> str:
    """The class of `raise X`, `raise X(…)` or `raise module.X`; a name in lower case is no class but holds one."""
    name = _last_name(raised)
    return name if name and _is_class_name(name) else "Exception"


def _is_class_name(name: str) -> bool:
    return name.lstrip("_")[:1].isupper()


def _handler_names(caught: ast.expr | None) -> frozenset[str]:
    if caught is None:
        return frozenset({"BaseException"})
    types = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return frozenset(filter(None, map(_last_name, types)))


def _catches(handler: str, name: str) -> bool:
    if handler in CATCH_ALL or handler == name:
        return True
    return handler in _BUILTIN and name in _BUILTIN and issubclass(_BUILTIN[name], _BUILTIN[handler])


def _last_name(node: ast.expr) -> str | None:
    """`c` of `c`, `a.b.c` and a call of them."""
    if isinstance(node, ast.Call):
        node = node.func
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
    return exception_name(name) if name else None


def _root_name(node: ast.expr) -> str | None:
    """`a` of `a`, `a.b.c` and `a.b(…).c`."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
