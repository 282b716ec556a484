"""The API and the console: one ASGI application, made from a kit. Start reading at ``site``."""

from abate.web.site import make

__all__ = ["make"]
