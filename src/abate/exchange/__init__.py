"""Lists in and out. One file a partner or format; each is a plug of ``abate.exchanges``."""
