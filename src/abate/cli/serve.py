"""``abate serve``: console, API and clocks in one process."""

import os
import sys
import threading
from typing import Annotated, Final

import typer

from abate import app as wiring
from abate.cli.output import say
from abate.flows import worker
from abate.flows.kit import Kit
from abate.flows.warming import Warming

TURN_S: Final = 0.0005
"""How long a thread computes before another has its turn. A live answer takes a dozen turns, and at Python's
own 5 ms it would wait several times as long beside a thread that follows a long list."""


def serve(port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; the setting otherwise.")] = None) -> None:
    """Serve the console and the API, and run the clocks and the outbox."""
    with wiring.opened() as kit:
        run(kit, port or kit.settings.port)


def run(kit: Kit, port: int) -> None:
    """Serve until interrupted. The worker and the warm-up run beside the server and stop with it."""
    import uvicorn  # late: only a server needs one

    from abate.web import make  # late: the console costs a quarter of a second that no other command should pay

    sys.setswitchinterval(TURN_S)
    stop = threading.Event()
    arguments = {"worker": f"serve:{os.getpid()}", "say": say}
    beside = threading.Thread(target=worker.run, args=(kit, stop), kwargs=arguments, name="worker", daemon=True)
    beside.start()
    warming = Warming(kit, say=say)
    config = uvicorn.Config(
        make(kit, warming=warming), host="127.0.0.1", port=port, log_level="warning", server_header=False
    )
    warm_up = threading.Thread(target=warming.run, args=(stop,), name="warming", daemon=True)
    warm_up.start()
    say(f"abate answers at http://127.0.0.1:{port} (Ctrl-C stops it)")
    try:
        uvicorn.Server(config).run()
    finally:
        stop.set()
        beside.join(timeout=5)
        warm_up.join(timeout=5)
