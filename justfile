# Everything here is a short name for a command of README.md or docs/; nothing needs just.

# start the playground
start *options:
    python3 play.py {{options}}

# all checks and tests, as CI runs them
test *options:
    python3 play.py test {{options}}

# what is wrong with this machine
doctor:
    python3 play.py doctor

# mend what the linters can mend
fix:
    .venv/bin/ruff check --fix .
    .venv/bin/ruff format .
    .venv/bin/npm run fix

# the exported lists that pip uses where uv cannot be had
lock:
    .venv/bin/uv lock
    .venv/bin/uv export --quiet --frozen --no-hashes --no-header --no-annotate --no-dev --output-file requirements.txt
    .venv/bin/uv export --quiet --frozen --no-hashes --no-header --no-annotate --group dev --output-file requirements-dev.txt

# a headless run of a design file
simulate design *options:
    .venv/bin/python -m worker.simulate {{design}} {{options}}

# the verdict of a lab on a design file
grade lab design *options:
    .venv/bin/python -m worker.grade {{lab}} {{design}} {{options}}

# write docs/labs.md anew; --check says whether it is what the engine measures
labs *options:
    .venv/bin/python -m bench.labs {{options}}

# benchmarks print what they measure; they assert nothing
bench name *options:
    .venv/bin/python bench/{{name}}.py {{options}}
