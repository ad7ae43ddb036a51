"""What is preloaded works in children, again and again: threads, random numbers, processes, debugger, spilling."""

from __future__ import annotations

import ast
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from datahall_forkserver import ForkServer, Request, ensure_server
from datahall_forkserver.provisioner import starts
from datahall_forkserver.starting import FOLDER_VARIABLE

from tests.soak import rounds

WORK = {
    "polars": """
import polars as pl
frame = pl.DataFrame({"a": range(200_000)}).with_columns(b=pl.col("a") % 7)
print(frame.lazy().group_by("b").agg(pl.col("a").sum()).collect()["a"].sum(), pl.thread_pool_size() > 0)
print(frame.lazy().group_by("b").agg(pl.len()).collect(engine="streaming")["len"].sum())
""",
    "DuckDB": """
import duckdb
print(duckdb.sql("select sum(i) from range(1000000) t(i)").fetchall())
with duckdb.connect() as connection:
    print(connection.execute("select count(*) from range(100000) a(i) join range(100000) b(j) on i = j").fetchall())
""",
    "pyarrow": """
import pathlib, pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
table = pa.table({"a": list(range(100_000))})
pq.write_table(table, "t.parquet")
print(pc.sum(pq.read_table("t.parquet", use_threads=True)["a"]), pa.cpu_count() > 0)
""",
    "numpy and its threads": """
import numpy as np
a = np.random.default_rng(1).random((600, 600))
print(round(float(np.trace(a @ np.linalg.inv(a))), 3))
""",
    "pandas": """
import pandas as pd
frame = pd.DataFrame({"a": ["x", "y"] * 5000, "b": range(10_000)})
print(frame.groupby("a")["b"].sum().to_dict())
""",
    "matplotlib": """
import io, matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([1, 2, 3])
out = io.BytesIO(); figure.savefig(out, format="png")
print(out.getvalue()[:4])
""",
    "asyncio": """
import asyncio
async def work():
    reader = await asyncio.create_subprocess_exec("echo", "hi", stdout=asyncio.subprocess.PIPE)
    said, _ = await reader.communicate()
    return said, await asyncio.to_thread(sum, [1, 2]), await asyncio.gather(*(asyncio.sleep(0, n) for n in range(3)))
print(asyncio.run(work()))
""",
    "multiprocessing": """
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
if __name__ == "__main__":
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(method, pool.map(abs, [-1, -2, -3]))
""",
    "subprocess": """
import subprocess, sys
print(subprocess.run([sys.executable, "-c", "import numpy; print(numpy.arange(3).sum())"],
                     capture_output=True, text=True, check=True).stdout)
""",
    "statsmodels": """
import numpy as np, statsmodels.api as sm
x = sm.add_constant(np.arange(50.0))
print(sm.OLS(np.arange(50.0) * 2 + 1, x).fit().params.round(6))
""",
}


@pytest.fixture(scope="module")
def server(kernel_environment) -> ForkServer:
    return ensure_server("kernel", environment=kernel_environment)


def run_child(
    server: ForkServer, folder: Path, code: str, environment: dict[str, str], *arguments: str
) -> tuple[int, str]:
    """Run code in a child, and return its exit code and what it said."""
    (folder / "told.py").write_text(code)
    out = os.open(folder / "said", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    try:
        request = Request(
            "told", arguments=arguments, environment={**environment, "PYTHONPATH": str(folder)}, folder=str(folder)
        )
        child = server.fork(request, streams=(out, out, out))
        try:
            code = child.wait(60).returncode
        except TimeoutError:
            child.send_signal(9, group=True)
            raise
        return code, (folder / "said").read_text()
    finally:
        os.close(out)


@pytest.mark.soak
@pytest.mark.parametrize("library", WORK)
def test_in_child_after_child_there_works(server, kernel_environment, tmp_path, library):
    environment = kernel_environment | {"MPLBACKEND": "agg"}
    (tmp_path / "told.py").write_text(WORK[library])
    fresh = subprocess.run(
        [sys.executable, "-m", "told"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert fresh.returncode == 0, fresh.stderr

    for _ in range(rounds(50)):
        code, text = run_child(server, tmp_path, WORK[library], environment)
        assert (code, text) == (0, fresh.stdout + fresh.stderr)


def test_random_states_differ_between_children(server, kernel_environment, tmp_path):
    code = "import numpy, random; print(numpy.random.rand(), random.random(), numpy.random.default_rng().random())"
    drawn = [run_child(server, tmp_path, code, kernel_environment)[1].split() for _ in range(4)]

    assert all(len(set(column)) == 4 for column in zip(*drawn, strict=True))


REMEMBERED = """
import os, sys
from traitlets import HasTraits
home = sys.argv.pop()
def find_all(kind):
    for each in kind.__subclasses__():
        yield each
        yield from find_all(each)
plain = (str, bytes, list, tuple, set, dict, os.PathLike)
kept = [
    (name, key)
    for name, module in sys.modules.copy().items() if name != "__main__"
    for key, value in getattr(module, "__dict__", {}).copy().items()
    if isinstance(value, plain) and key != "__builtins__" and home in repr(value)
]
kept += [
    (kind.__name__, name)
    for kind in find_all(HasTraits) for name, trait in kind.class_own_traits().items()
    if home in repr((trait.default_value, kind._static_immutable_initial_values.get(name)))
]
print(sorted(set(kept)))
"""
# Folders in which matplotlib looks for fonts when it makes its list of them anew, which it never does in a child.
NOT_ASKED_AGAIN = {"matplotlib.font_manager"}


@pytest.mark.parametrize("profile", ["kernel", "server"])
def test_no_module_remembers_the_servers_home(kernel_environment, tmp_path, profile):
    server = ensure_server(profile, environment=kernel_environment)
    home = tmp_path / "their home"
    home.mkdir()

    code, text = run_child(
        server, tmp_path, REMEMBERED, kernel_environment | {"HOME": str(home)}, kernel_environment["HOME"]
    )

    assert code == 0, text
    assert [each for each in ast.literal_eval(text) if each[0] not in NOT_ASKED_AGAIN] == []


@pytest.mark.soak
def test_a_post_mortem_debugger_answers_in_child_after_child(start_kernel):
    for _ in range(rounds(50)):
        kernel = start_kernel("forked")
        assert kernel.run("def fail(n):\n    return 1 / n\nfail(0)").error == "division by zero"
        kernel.client.execute("%debug", allow_stdin=True)
        assert kernel.client.get_stdin_msg(timeout=10)["content"]["prompt"].startswith("ipdb>")
        kernel.client.input("p n + 41")
        assert kernel.client.get_stdin_msg(timeout=10)["content"]["prompt"].startswith("ipdb>")
        kernel.client.input("q")
        assert kernel.client.get_shell_msg(timeout=10)["content"]["status"] == "ok"
        kernel.end()
    assert starts["forked"] > 0


def test_the_preloaded_process_holds_no_loop_no_database_and_no_socket_but_its_own(server):
    pid = server.describe()["pid"]
    kinds = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the connection that asked may end meanwhile
            kinds.append(descriptor.readlink().name)

    assert kinds
    sockets = [kind for kind in kinds if kind.startswith("socket:")]
    assert len(sockets) <= 2  # the one it listens on, and for a moment the one that asked
    assert not [kind for kind in kinds if "eventpoll" in kind or "eventfd" in kind or "sqlite" in kind]


def test_a_secret_of_whoever_started_the_server_or_of_a_child_is_nowhere_in_its_memory(kernel_environment, tmp_path):
    """Every later child has a copy of that memory."""
    first, second = secrets.token_hex(16), secrets.token_hex(16)
    folder = Path(tempfile.mkdtemp(prefix="s"))  # whose path a socket's may be
    environment = kernel_environment | {FOLDER_VARIABLE: str(folder), "JUPYTERHUB_API_TOKEN": first}
    server = ensure_server("bare", environment=environment)
    code = "import os; print(len(os.environ['JUPYTERHUB_API_TOKEN']))"

    assert run_child(server, tmp_path, code, environment | {"JUPYTERHUB_API_TOKEN": second}) == (0, "32\n")

    memory = read_memory(server.describe()["pid"])
    assert b"datahall_forkserver" in memory
    assert first.encode() not in memory
    assert second.encode() not in memory
    server.retire()
    shutil.rmtree(folder)


def read_memory(pid: int) -> bytes:
    """Return all that a process can write to."""
    parts = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights = line.split()[:2]
            if rights.startswith("rw"):
                begin, end = (int(each, 16) for each in place.split("-"))
                memory.seek(begin)
                parts.append(memory.read(end - begin))
    return b"".join(parts)


SPILL = """
import os, pathlib, polars as pl, signal, sys
frame = pl.LazyFrame({"a": range(3_000_000)}).with_columns(b=pl.col("a").hash(1), c=pl.col("a").cast(pl.String))
sorted_ = frame.sort("b").collect(engine="streaming")
spilled = list(pathlib.Path(os.environ["POLARS_OOC_SPILL_DIR"]).rglob("*.ipc"))
print(sorted_["b"].is_sorted(), sorted_["a"].sum() == 3_000_000 * 2_999_999 // 2, len(spilled) > 0)
sys.stdout.flush()
if len(sys.argv) > 1:
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_query_that_spills_is_right_in_a_child_and_leaves_nothing_behind(kernel_environment, tmp_path):
    spills = tmp_path / "spills"
    spills.mkdir()
    environment = kernel_environment | {"POLARS_OOC_SPILL_DIR": str(spills), "POLARS_OOC_MEMORY_BUDGET_MB": "20"}
    server = ensure_server("kernel", environment=environment)

    assert run_child(server, tmp_path, SPILL, environment) == (0, "True True True\n")
    assert list(spills.iterdir()) == []
    assert run_child(server, tmp_path, SPILL, environment, "die") == (-9, "True True True\n")
    assert list(spills.iterdir()) == []
    server.retire()
