"""Packages that only an export needs: optional, and named where they are missing."""

import importlib


class MissingExtra(RuntimeError):  # noqa: N818 - reads as what it is where it is raised
    """A package that an export needs is not installed."""


def require(module: str, extra: str) -> None:
    """Import a module that comes with one of the project's extras. Raises MissingExtra, saying what to install."""
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(f"{module} can't be imported ({error}): pip install 'distil_dagster[{extra}]'") from error
