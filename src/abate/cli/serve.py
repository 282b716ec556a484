"""``abate serve``: console, API and clocks in one process."""

import os
import threading
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.output import say
from abate.flows import worker
from abate.flows.kit import Kit


def serve(port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; the setting otherwise.")] = None) -> None:
    """Serve the console and the API, and run the clocks and the outbox."""
    with wiring.opened() as kit:
        run(kit, port or kit.settings.port)


def run(kit: Kit, port: int) -> None:
    """Serve until interrupted. The worker runs beside the server and stops with it."""
    import uvicorn  # late: only a server needs one

    from abate.web import make  # late: the console costs a quarter of a second that no other command should pay

    stop = threading.Event()
    arguments = {"worker": f"serve:{os.getpid()}", "say": say}
    beside = threading.Thread(target=worker.run, args=(kit, stop), kwargs=arguments, name="worker", daemon=True)
    beside.start()
    config = uvicorn.Config(make(kit), host="127.0.0.1", port=port, log_level="warning", server_header=False)
    say(f"abate answers at http://127.0.0.1:{port} (Ctrl-C stops it)")
    try:
        uvicorn.Server(config).run()
    finally:
        stop.set()
        beside.join(timeout=5)
