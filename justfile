# Each recipe is one line that can also be typed. CONTRIBUTING.md says when to use which.

# list the recipes
default:
    @just --list

# make .venv with everything, and renew the entry points
setup:
    python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e '.[dev,oracles,postgres,scale,video,exchange,onnx]'

# the tests that this machine allows
test *paths:
    .venv/bin/pytest -q {{paths}}

# lint, format, types, floors
check:
    .venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/mypy && .venv/bin/lint-imports

# format, and mend what the linter can
fix:
    .venv/bin/ruff format && .venv/bin/ruff check --fix

# write the generated reference anew
docs:
    .venv/bin/python docs/generate.py

# resolve all dependencies anew and write constraints.txt
pins:
    .ci/pins

# the sample platform and its console
demo:
    .venv/bin/abate demo

# what a change must pass
ci:
    .ci/run

# the long forms
full:
    .ci/full
