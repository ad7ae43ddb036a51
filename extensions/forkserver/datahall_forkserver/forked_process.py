"""A forked child with the manners of `subprocess.Popen`, as far as Jupyter knows them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import IO, Any

from datahall_forkserver.child_handles import Child
from datahall_forkserver.client import ForkServer
from datahall_forkserver.protocol import Request

Stream = int | IO[Any] | None


class ForkedProcess:
    """What `Popen` is for an ordinary kernel."""

    def __init__(
        self,
        child: Child,
        *,
        server: Path,
        stdin: IO[Any] | None = None,
        stdout: IO[Any] | None = None,
        stderr: IO[Any] | None = None,
    ) -> None:
        self.child = child
        self.server = server
        self.pid = child.pid
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal, or None while the child runs."""
        ended = self.child.poll()
        self.returncode = None if ended is None else ended.returncode
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code."""
        try:
            self.returncode = self.child.wait(timeout).returncode
        except TimeoutError:
            raise subprocess.TimeoutExpired(f"forked process {self.pid}", timeout or 0) from None
        return self.returncode

    def send_signal(self, number: int, *, group: bool = False) -> None:
        """Send a signal to the child, or to its process group."""
        self.child.send_signal(number, group=group)

    def terminate(self) -> None:
        """Ask the child to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the child."""
        self.send_signal(signal.SIGKILL)


def fork_process(
    server: ForkServer, request: Request, *, stdin: Stream = None, stdout: Stream = None, stderr: Stream = None
) -> ForkedProcess:
    """Fork a child with streams as `jupyter_client.launch_kernel` gives them to `Popen`."""
    with contextlib.ExitStack() as ours:
        theirs_in, own_in = _open_stream(stdin, ours, inherited=None, reads=True)
        theirs_out, own_out = _open_stream(stdout, ours, inherited=1)
        if stderr == subprocess.STDOUT:
            theirs_err, own_err = theirs_out, None
        else:
            theirs_err, own_err = _open_stream(stderr, ours, inherited=2)
        life = None
        if request.is_tied:
            life = os.pidfd_open(os.getpid())
            ours.callback(os.close, life)
        try:
            child = server.fork(request, streams=(theirs_in, theirs_out, theirs_err), life=life)
        except BaseException:
            for own in (own_in, own_out, own_err):
                if own:
                    own.close()
            raise
    return ForkedProcess(child, server=server.path, stdin=own_in, stdout=own_out, stderr=own_err)


def _open_stream(
    stream: Stream, ours: contextlib.ExitStack, *, inherited: int | None, reads: bool = False
) -> tuple[int, IO[bytes] | None]:
    """Return the descriptor for the child, closed with `ours` where it is, and our end of a pipe."""
    if stream == subprocess.PIPE:
        end, start = os.pipe2(os.O_CLOEXEC)
        theirs, own = (end, start) if reads else (start, end)
        ours.callback(os.close, theirs)
        return theirs, os.fdopen(own, "wb" if reads else "rb", buffering=0)
    if stream is None and inherited is not None and _is_open(inherited):
        return inherited, None
    if stream is None or stream == subprocess.DEVNULL:
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        ours.callback(os.close, null)
        return null, None
    return (stream if isinstance(stream, int) else stream.fileno()), None


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
