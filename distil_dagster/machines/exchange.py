"""Carries a step's files to a machine that has no disk in common with the one that started it, and the results back.

All that a worker reads and writes is named by its arguments and lies in the user's folder, so that the arguments say
what must travel. The two sides meet in a folder on any fsspec address:

- what is there when the step starts is sent, and on the other machine put under a folder of the step's own;
- drafts come back when the worker is done; checkpoints and recorded answers as soon as they change, so that a worker
  that is started again elsewhere, after its machine was lost, goes on from the last one;
- the cache of base models and data sets is each machine's own.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import BaseModel, ConfigDict

from distil_dagster.machines.errors import MachineError

OWN_OF_EACH = "cache/base_models", "cache/datasets"
WRITTEN = "work", "responses"
"""The folders in which a worker writes what others need."""
PARTIAL = ".partial"


class Exchange(BaseModel):
    """Where the files of one step meet."""

    model_config = ConfigDict(frozen=True)

    address: str
    """The step's own folder on a fsspec address."""
    home: str
    """The user's folder on the machine that starts the step; all that travels lies in it."""
    folders: tuple[str, ...] = ()
    """Which of the paths among the arguments are folders, as they stand under `home`."""

    def named_in(self, arguments: Iterable[str]) -> list[str]:
        """The paths under `home` that the arguments name and that travel, relative to it.

        An argument is a path, or ends in one: `name=path`.
        """
        prefix = f"{self.home}/"
        paths = [argument.split(prefix, 1)[1] for argument in arguments if prefix in argument]
        return [path for path in dict.fromkeys(paths) if not path.startswith(OWN_OF_EACH)]

    def send(self, arguments: Sequence[str]) -> "Exchange":
        """Put there what the arguments name, and nothing else. Raises MachineError if a path can't travel."""
        outside = [a for a in arguments if a.startswith("/") and Path(a).exists() and not a.startswith(f"{self.home}/")]
        if outside:
            raise MachineError(
                f"{outside[0]} lies outside DISTIL_HOME ({self.home}), so that it can't be carried to another machine: "
                "put DISTIL_ARTIFACTS on an address that all machines reach"
            )
        self.clear()
        paths = self.named_in(arguments)
        for path in paths:
            self.put(Path(self.home), _files(Path(self.home), path))
        folders = tuple(path for path in paths if (Path(self.home) / path).is_dir())
        return self.model_copy(update={"folders": folders})

    def put(self, base: Path, files: Iterable[Path]) -> None:
        """Put files of the folder `base` there, each whole or not at all."""
        system, root = self._open()
        for file in files:
            target = f"{root}/{file.relative_to(base).as_posix()}"
            system.makedirs(target.rpartition("/")[0], exist_ok=True)
            system.put_file(str(file), target + PARTIAL)
            system.mv(target + PARTIAL, target)

    def fetch(self, base: Path, *, only: tuple[str, ...] = ("",)) -> None:
        """Bring what is there into the folder `base`; only what begins so, if that is given."""
        system, root = self._open()
        if not system.exists(root):
            return
        for found in system.find(root):
            path = str(found)[len(root) + 1 :]
            if path.startswith(only) and not path.endswith(PARTIAL):
                target = base / path
                target.parent.mkdir(parents=True, exist_ok=True)
                partial = target.with_name(target.name + PARTIAL)
                system.get_file(found, str(partial))
                partial.replace(target)

    def clear(self) -> None:
        """Remove the folder."""
        system, root = self._open()
        if system.exists(root):
            system.rm(root, recursive=True)

    def _open(self) -> tuple[Any, str]:
        import fsspec

        system, root = fsspec.url_to_fs(self.address)
        system.invalidate_cache()
        return system, str(root).rstrip("/")


class CarriedFiles:
    """The files of a step on the machine that runs it."""

    def __init__(self, exchange: Exchange, folder: Path, arguments: Sequence[str], cache: Path) -> None:
        """Bring them into `folder`; `cache` is the folder in which this machine keeps base models."""
        self._exchange, self._folder = exchange, folder
        exchange.fetch(folder)
        for path in exchange.named_in(arguments):
            (folder / path if path in exchange.folders else (folder / path).parent).mkdir(parents=True, exist_ok=True)
        for own in OWN_OF_EACH:
            arguments = [argument.replace(f"{exchange.home}/{own}", str(cache / own)) for argument in arguments]
        self.arguments = [argument.replace(f"{exchange.home}/", f"{folder}/") for argument in arguments]
        """The worker's arguments, with the paths of this machine."""
        self._sent = self._written()

    def send_back(self, *, drafts: bool) -> None:
        """Send what was written or changed since the last time; drafts only when they are done."""
        written = self._written()
        changed = [file for file, state in written.items() if self._sent.get(file) != state]
        if not drafts:
            changed = [file for file in changed if not any(part.startswith("draft-") for part in file.parts)]
        self._exchange.put(self._folder, changed)
        self._sent |= {file: written[file] for file in changed}

    def _written(self) -> dict[Path, tuple[int, int]]:
        files = [
            file for path in self._exchange.folders if path.startswith(WRITTEN) for file in _files(self._folder, path)
        ]
        return {file: (file.stat().st_mtime_ns, file.stat().st_size) for file in files}


@contextmanager
def carried(exchange: Exchange, arguments: Sequence[str], home: Path) -> Iterator[CarriedFiles]:
    """The files of a step for the time of its work, in a folder of its own under this machine's `home`."""
    home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=home, prefix="step-", ignore_cleanup_errors=True) as folder:
        yield CarriedFiles(exchange, Path(folder), arguments, home)


def _files(base: Path, path: str) -> list[Path]:
    """The file of this path, or those in the folder; names with a dot in front are not finished."""
    found = base / path
    if found.is_dir():
        return [file for file in sorted(found.rglob("*")) if file.is_file() and not file.name.startswith(".")]
    return [found] if found.exists() else []
