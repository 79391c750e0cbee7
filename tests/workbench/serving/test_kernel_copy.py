"""A copied kernel is a kernel like any other, and shares what its template has imported."""

import os
import subprocess
import sys
import textwrap
import time

import pytest

from tests.house.project_files import ROOT
from workbench.serving.kernel_copy import CAN_COPY

pytestmark = pytest.mark.skipif(not CAN_COPY, reason="copies exist on Linux only")

SECONDS = 60
# A server in a process of its own, for it decides how every kernel of its process starts.
SERVER = """
import asyncio, logging, os, signal, sys, time
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from workbench.serving.kernel_copy import KernelCopies, import_beforehand

SECONDS = 60

async def started(**environment):
    kernel = AsyncKernelManager()
    await kernel.start_kernel(cwd=sys.argv[1], env=os.environ | environment)
    client = kernel.client()
    client.start_channels()
    await client.wait_for_ready(timeout=SECONDS)
    return kernel, client

async def answer(client, code):
    said = []
    def take(message):
        if message["msg_type"] == "stream":
            said.append(message["content"]["text"])
        if message["msg_type"] == "error":
            said.extend(message["content"]["traceback"])
    await client.execute_interactive(code, timeout=SECONDS, output_hook=take)
    return "".join(said).split()

def is_gone(process):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and Path(f"/proc/{process}").exists():
        time.sleep(0.05)
    return not Path(f"/proc/{process}").exists()

async def main():
    KernelCopies.instance()
"""
RUN = """
if __name__ == "__main__":
    asyncio.run(main())
"""


def program(folder, body):
    text = SERVER + textwrap.indent(textwrap.dedent(body), "    ") + RUN
    (folder / "server.py").write_text(text, "utf-8")
    return [sys.executable, str(folder / "server.py"), str(folder)]


@pytest.fixture
def serve(tmp_path):
    """Run a server that looks at its kernels, and see that it found what was expected."""

    def run(body):
        server = subprocess.run(  # noqa: S603 - our own program
            program(tmp_path, body), cwd=ROOT, capture_output=True, text=True, timeout=2 * SECONDS, check=False
        )
        assert server.returncode == 0, server.stderr
        return server.stderr

    return run


def test_a_copy_runs_in_its_folder_and_environment_and_ends_when_asked(serve, tmp_path):
    serve("""
        import_beforehand(["ipykernel.kernelapp", "colorsys"])
        kernel, client = await started(SAID="hello")
        process, group, *rest = await answer(client, '''
        import atexit, os, pathlib, sys
        atexit.register(pathlib.Path("tidied up").touch)
        print(os.getpid(), os.getpgid(0), os.getcwd(), os.environ["SAID"], "colorsys" in sys.modules)
        ''')
        assert (group, rest) == (process, [sys.argv[1], "hello", "True"])
        assert await kernel.is_alive()
        await kernel.shutdown_kernel()
        assert not await kernel.is_alive()
        assert is_gone(process)  # and nobody waits for it, or it would still be listed
    """)
    assert (tmp_path / "tidied up").exists()


def test_a_copy_tells_a_page_about_all_its_widgets_at_once(serve):
    serve("""
        import_beforehand(["ipykernel.kernelapp", "ipywidgets"])
        kernel, client = await started()
        said = await answer(client, "print(*get_ipython().kernel.comm_manager.targets)")
        assert "jupyter.widget.control" in said
        await kernel.shutdown_kernel()
    """)


def test_copies_draw_numbers_of_their_own(serve):
    serve("""
        import_beforehand(["ipykernel.kernelapp", "numpy", "random"])
        kernels = [await started() for _ in range(2)]
        draws = [
            await answer(client, "import random, numpy; print(random.random(), numpy.random.rand())")
            for _, client in kernels
        ]
        assert len({number for pair in draws for number in pair}) == 4
        for kernel, _ in kernels:
            await kernel.shutdown_kernel()
    """)


def test_a_copy_can_be_interrupted_and_killed(serve):
    serve("""
        import_beforehand(["ipykernel.kernelapp"])
        kernel, client = await started()
        process, = await answer(client, "import os, time; print(os.getpid())")
        waiting = asyncio.create_task(answer(client, '''
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            print("interrupted")
        '''))
        await asyncio.sleep(1)
        await kernel.interrupt_kernel()
        assert await waiting == ["interrupted"]
        os.kill(int(process), signal.SIGKILL)
        assert is_gone(process)
        assert not await kernel.is_alive()
        await kernel.shutdown_kernel(now=True)
    """)


def test_copies_go_on_without_their_template_and_another_one_takes_its_place(serve):
    serve("""
        import_beforehand(["ipykernel.kernelapp"])
        kernel, client = await started()
        process, template = await answer(client, "import os; print(os.getpid(), os.getppid())")
        os.kill(int(template), signal.SIGKILL)
        os.waitpid(int(template), 0)
        await asyncio.sleep(2)  # a kernel looks after its parent once a second
        assert await kernel.is_alive()
        assert await answer(client, "print('here')") == ["here"]
        second, other_client = await started()
        other, = await answer(other_client, "import os; print(os.getppid())")
        assert other != template
        await kernel.shutdown_kernel()
        await second.shutdown_kernel()
        assert is_gone(process)
    """)


def test_without_a_template_kernels_start_as_usual(serve, tmp_path):
    (tmp_path / "breaks.py").write_text("raise ValueError('as it is imported')", "utf-8")
    said = serve("""
        logging.basicConfig()
        os.environ["PYTHONPATH"] = sys.argv[1]
        import_beforehand(["breaks"])
        kernel, client = await started(SAID="hello")
        assert await answer(client, "import os; print(os.environ['SAID'], os.getppid())") == ["hello", str(os.getpid())]
        await kernel.shutdown_kernel()
    """)
    assert "the kernel starts as usual" in said


def test_what_the_dashboards_import_beforehand_leaves_no_thread_behind_and_works_in_a_copy(serve):
    serve("""
        from traitlets.config.loader import PyFileConfigLoader

        settings = PyFileConfigLoader("voila.py", "notebooks/dashboards/voila").load_config()
        modules = settings.DashboardServer.imported_beforehand
        import_beforehand(modules)
        kernel, client = await started()
        ask = f"import os, sys; print(os.getppid(), len(set({modules}) - set(sys.modules)))"
        template, left_out = await answer(client, ask)
        assert left_out == "0"
        # OpenBLAS stops its threads before a fork. Arrow's allocator, which has one too, begins anew after it. Any
        # other would be lost on the way, and what it held would be held for ever.
        names = [path.read_text().strip() for path in Path(f"/proc/{template}/task").glob("*/comm")]
        assert len([name for name in names if name != "jemalloc_bg_thd"]) == 1, names
        sums = await answer(client, '''
        import duckdb, numpy, pyarrow
        numbers = numpy.arange(1_000_000)
        counted = pyarrow.table({"number": numbers})
        square = numpy.ones((600, 600))
        print(duckdb.connect().execute("SELECT sum(number) FROM counted").fetchone()[0], int((square @ square)[0, 0]))
        ''')
        assert sums == [str(sum(range(1_000_000))), "600"], sums
        await kernel.shutdown_kernel()
    """)


def test_a_copy_does_not_outlive_a_server_that_was_killed(tmp_path):
    body = """
        import_beforehand(["ipykernel.kernelapp"])
        kernel, client = await started()
        print(*await answer(client, "import os; print(os.getpid(), os.getppid())"), flush=True)
        await asyncio.sleep(SECONDS)
    """
    command = program(tmp_path, body)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own program
        processes = server.stdout.readline().split()
        server.kill()
    assert len(processes) == 2
    assert all(map(is_gone, map(int, processes)))


def is_gone(process):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
