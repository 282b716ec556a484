"""The operator's own rules: one syntax tree, four uses. Pure. Start reading at ``check``, then ``explain``.

A rule file is text that Python can parse and that is never executed. ``check`` makes trees of it or says what is
wrong; ``live`` turns a set into one function for batches; ``sql`` writes it as DuckDB SQL for history; ``explain``
walks a tree and shows each clause with its value. What a rule may lead to stands in ``reach`` and ``outcome``.
"""
