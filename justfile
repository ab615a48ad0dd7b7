# What is done often. `just` alone lists it.

export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

_default:
    @just --list --unsorted

# Everything that must hold before a commit: format, lint, types, who imports whom
check:
    ruff format --check . && ruff check . && mypy && lint-imports

# The whole test suite
test *arguments:
    pytest -n auto {{arguments}}

# Every figure that trackside promises, beside its target
bench *names:
    python tests/benchmarks {{names}}

# How often a comparison claims what is not there, and finds what is: 4,000 comparisons of each kind
simulate *comparisons:
    PYTHONPATH=tests/compare python -m simulate {{comparisons}}

# How often a rule of health speaks of curves that are well, and finds those that are ill: 3,000 curves of each kind
health:
    TRACKSIDE_CURVES=3000 pytest tests/health/test_rules.py

# Kill loggers, sealers and imports at twenty moments each, and everything that writes at three hundred
faults:
    TRACKSIDE_KILLS=20 TRACKSIDE_RANDOM_KILLS=300 pytest tests/faults --timeout 600

# Fill, freeze and break small file systems under training; needs root
storage:
    TRACKSIDE_MOUNTS=1 pytest tests/storage --timeout 300

# Try other inputs than the suite does, and twice as many, where it makes up its own
search:
    pytest -n auto --hypothesis-profile search tests/charts tests/compare tests/query tests/record/test_secrets.py tests/remote tests/services tests/store tests/tui/test_painting.py

# Press that many random keys, by each seed, on copies of the stores behind `--`: just monkey 20000 1 2 -- .trackside
monkey *arguments:
    python tests/tui/monkey.py {{arguments}}

# Read 20,000 damaged files of each binary format
fuzz *arguments:
    TRACKSIDE_MUTATIONS=20000 pytest -n auto --timeout 3600 tests/sources/fuzz_*.py {{arguments}}

# Compare with the vendors' own clients, in an environment of their own
vendors *arguments:
    test -d .vendors || python3 -m venv .vendors
    .vendors/bin/pip install -q -e '.[dev]' -r tests/vendors/requirements.txt
    test -d .vendors/wandb-0.19.11 || python3 -m venv .vendors/wandb-0.19.11
    .vendors/wandb-0.19.11/bin/pip install -q wandb==0.19.11
    TRACKSIDE_VENDORS=1 .vendors/bin/python -m pytest -W default tests/vendors {{arguments}}

# Train small models, and watch them
demo *arguments:
    trackside demo {{arguments}}

# Draw the pictures in screenshots/ from the demo's runs
screenshots:
    python tests/screenshots/draw.py

# Put the keys that the app has into the README
keys:
    python tests/docs/refresh_readme.py

# Put the code into its format
fmt:
    ruff format . && ruff check --fix .

# Resolve the dependencies again; the lock names no registry
lock:
    uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --extra dev -o requirements.lock pyproject.toml
