"""Files from outside are parsed in a process of their own, bounded in memory and time.

A workbook of 1.6 kB can ask for 9 GB, and no library lets itself be bounded from within. So what is
no plain text goes to a child process: it has so much memory, so many seconds a file, no network and
no other file (:mod:`jdzfire.feeds.confinement`). When it dies, its file is refused and the next
file gets a new one. It ends with its parent, however that ends.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from jdzfire.errors import InputError, JdzfireError
from jdzfire.feeds.confinement import (
    confine,
    library_environment,
    limit_memory,
    limit_time,
    program_paths,
)
from jdzfire.feeds.text import excerpt

READ_MEMORY_MB = 640
"""Memory one file may take beyond what the libraries take [K]: a register of 100,000 rows takes
some 200 MB [C]."""

READ_SECONDS = 25.0
"""Wall time one file may take [K]: a sheet of 100,000 rows takes some 10 s [C]."""

_ANSWER_MAX = 1 << 30
_HEAD = struct.Struct("<Q")
_START_S = 120.0
_POLL_S = 0.5


class ReaderProcess:
    """A child process that reads files; begun with the first one, closed by a ``with`` block.

    Parameters
    ----------
    memory_mb : int
        Memory a file may take [MiB].
    seconds : float
        Wall time a file may take [s].
    """

    def __init__(self, *, memory_mb: int = READ_MEMORY_MB, seconds: float = READ_SECONDS) -> None:
        self.memory_mb = memory_mb
        self.seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process and take its folder away."""
        process, folder = self._process, self._folder
        self._process = self._folder = None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        if folder is not None:
            folder.cleanup()

    def read(self, action: str, raw: bytes, *, source_name: str, **options: Any) -> Any:
        """What reading the bytes gives.

        Parameters
        ----------
        action : str
            A name in :data:`jdzfire.feeds.reader_actions.ACTIONS`.
        raw : bytes
        source_name : str
            For the messages.
        options : Any
            Of the action; picklable.

        Raises
        ------
        JdzfireError
            What the reader raises.
        InputError
            Reading took too much memory or time, or the process died of the file.
        """
        with self._turn:
            try:
                answer = self._ask((action, raw, {"source_name": source_name, **options}))
            except _Over as over:
                self.close()
                raise self._refusal(source_name, str(over)) from None
            except BaseException:
                self.close()
                raise
            if answer[0] == "memory":
                self.close()  # what is left of it may be in pieces
                raise self._refusal(source_name, f"more than {self.memory_mb} MiB")
        if answer[0] == "error":
            raise answer[1]
        return answer[1]

    def _refusal(self, source_name: str, found: str) -> InputError:
        return InputError(
            f"{excerpt(source_name)} takes more to read than a file may",
            expected=f"at most {self.memory_mb} MiB of memory and {self.seconds:g} s",
            found=found,
            remedy="save it again without blank formatted cells, or in smaller files; if it is "
            "right as it is, raise read_memory_mb or read_seconds",
        )

    def _ask(self, request: tuple[str, bytes, dict[str, Any]]) -> tuple[str, Any]:
        process = self._started()
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        deadline = time.monotonic() + self.seconds
        try:
            _write(process.stdin, (self.seconds, *request))
        except OSError:
            raise _Over("the reader ended") from None
        found: tuple[str, Any] = _read_before(process.stdout, deadline, process)
        return found

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        self._folder = tempfile.TemporaryDirectory(prefix="jdzfire-read-")
        folder = Path(self._folder.name)
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", "jdzfire.feeds.reader_process", str(self.memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=library_environment(folder),
        )
        assert self._process.stdout is not None  # noqa: S101
        deadline = time.monotonic() + _START_S
        _read_before(self._process.stdout, deadline, self._process)
        return self._process


class _Over(Exception):
    """A bound was met, or the child is gone."""


def _read_before(pipe: IO[bytes], deadline: float, process: subprocess.Popen[bytes]) -> Any:
    """One answer of the child, before a time."""
    head = _read_bytes(pipe, _HEAD.size, deadline, process)
    (size,) = _HEAD.unpack(head)
    if size > _ANSWER_MAX:
        raise _Over("more rows than fit")
    return pickle.loads(_read_bytes(pipe, size, deadline, process))  # noqa: S301  (our own child)


def _read_bytes(
    pipe: IO[bytes], size: int, deadline: float, process: subprocess.Popen[bytes]
) -> bytes:
    parts: list[bytes] = []
    while size:
        left = deadline - time.monotonic()
        ready = select.select([pipe], [], [], max(0.0, min(left, _POLL_S)))[0]
        if not ready:
            if left <= 0:
                raise _Over("more time than that")
            continue
        part = os.read(pipe.fileno(), min(size, 1 << 20))
        if not part:
            process.wait(10)
            raise _Over(f"the reader died of it (status {process.returncode})")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _write(pipe: IO[bytes], value: Any) -> None:
    content = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_HEAD.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def _serve(
    actions: Mapping[str, Callable[..., Any]], requests: IO[bytes], answers: IO[bytes]
) -> None:
    """Answer requests until there are no more."""
    while head := requests.read(_HEAD.size):
        seconds, action, raw, options = pickle.loads(requests.read(*_HEAD.unpack(head)))  # noqa: S301
        limit_time(seconds + _START_S / 10)
        try:
            answer: tuple[str, Any] = ("ok", actions[action](raw, **options))
            _write(answers, answer)
        except MemoryError:
            _write(answers, ("memory", None))
            return
        except JdzfireError as error:
            if _is_of_memory(error):
                _write(answers, ("memory", None))
                return
            _write(answers, ("error", error))
        except Exception as error:
            _write(answers, ("error", _damage(error, options["source_name"])))


def _is_of_memory(error: BaseException) -> bool:
    """Whether a reader took the want of memory for a damaged file."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError):
            return True
        cause = cause.__cause__
    return False


def _damage(error: Exception, source_name: str) -> InputError:
    return InputError(
        f"{excerpt(source_name)} cannot be read",
        expected="a whole file of its kind",
        found=excerpt(f"{type(error).__name__}: {error}"),
        remedy="export it again",
    )


def _end_with(parent: int) -> None:
    """End when the parent is gone, however it went."""
    while os.getppid() == parent:
        time.sleep(_POLL_S)
    os._exit(1)


def main() -> None:
    """The child: confined first, then the readers are imported, then files are read."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, and kills
    requests, answers = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    parent = os.getppid()
    confine(readable=program_paths(), writable=Path.cwd())
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    from jdzfire.feeds.reader_actions import ACTIONS

    limit_memory(int(sys.argv[1]) << 20)
    _write(answers, "ready")
    _serve(ACTIONS, requests, answers)


if __name__ == "__main__":
    main()
