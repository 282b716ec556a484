"""Is it working? Tables of what was seen in, answers with what they rest on out.

Read ``tables`` (what goes in), then ``presence``, ``following`` and ``survival`` (one question a file), then ``chart``.
Every answer carries its method, its assumptions and its warnings; see ``footing``.
"""
