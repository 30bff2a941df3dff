#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what building and testing Weightroom needs: system packages, and a virtual environment with
# LibTorch, the CUDA headers and the reference libraries of the file formats. Does only what is missing,
# asks no question, and may be interrupted and run again.
#
#   installer/setup.sh                     everything
#   installer/setup.sh --headless          without Qt
#   installer/setup.sh --tests             and what only tests need: Python packages, Prometheus
#   installer/setup.sh --print-torch-root  only prints the folder of the virtual environment
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
packageList="$here/dependencies/debian.txt"
lockFile="$here/dependencies/requirements.lock"
testLockFile="$here/dependencies/test-requirements.lock"

# LibTorch and the CUDA libraries take 4.0 GB unpacked, their downloads up to 2 GB beside that while pip runs.
neededDiskKiB=$((7 * 1024 * 1024))

say() { printf '[set-up] %s\n' "$*"; }
die() {
    printf '[set-up] error: %s\n' "$*" >&2
    exit 1
}

torchRoot() {
    local home="${HOME:-}"
    [[ -n "$home" ]] || home="$(getent passwd "$(id -u)" | cut -d: -f6)"
    [[ -n "$home" ]] || home=/tmp
    local hash
    hash="$(sha256sum "$lockFile" | cut -c1-16)"
    printf '%s/weightroom/torch-%s\n' "${XDG_CACHE_HOME:-$home/.cache}" "$hash"
}

isInstalled() {
    [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# Prints the packages of the list that are not installed, alternatives ("a | b") still unresolved.
missingPackages() {
    local line name found
    while IFS= read -r line; do
        line="${line%%#*}"
        if [[ "$line" == gui:* ]]; then
            [[ "$withGui" == yes ]] || continue
            line="${line#gui:}"
        fi
        line="${line//[[:space:]]/}"
        [[ -n "$line" ]] || continue
        found=no
        for name in ${line//|/ }; do
            if isInstalled "$name"; then found=yes; fi
        done
        [[ "$found" == yes ]] || printf '%s\n' "$line"
    done <"$packageList"
}

# Replaces "a|b" by the first name that apt can install here.
resolveAlternatives() {
    local line name
    while IFS= read -r line; do
        for name in ${line//|/ }; do
            if apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then break; fi
        done
        printf '%s\n' "$name"
    done
}

installPackages() {
    local missing
    missing="$(missingPackages)"
    if [[ -z "$missing" ]]; then
        say "system packages: all installed"
        return
    fi

    command -v apt-get >/dev/null || die "this system has no apt-get. Weightroom is set up on Debian 12 and Ubuntu 24.04;" \
        "elsewhere install the packages named in installer/dependencies/debian.txt by hand."
    local asRoot=()
    if [[ "$(id -u)" != 0 ]]; then
        command -v sudo >/dev/null || die "these packages are missing, and there is no sudo to install them:" \
            "install them once as root: apt-get install $(resolveAlternatives <<<"$missing" | tr '\n' ' ')"
        asRoot=(sudo)
    fi
    asRoot+=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -o DPkg::Lock::Timeout=600)

    say "system packages: $(wc -l <<<"$missing") missing, installing them"
    # A third-party source that fails must not stop us as long as the packages can be had.
    "${asRoot[@]}" update -q || say "apt-get update reported a problem; trying with the lists that there are"
    local names
    mapfile -t names < <(resolveAlternatives <<<"$missing")
    "${asRoot[@]}" install -q -y --no-install-recommends "${names[@]}" ||
        die "apt-get could not install: ${names[*]}. Its message is above; most often there is no network connection."
}

pipInstall() {
    "$1/bin/python" -m pip install --disable-pip-version-check --no-input --no-deps --require-hashes \
        --only-binary=:all: -r "$2" ||
        die "pip could not install $(basename "$2"). Its message is above; most often there is no network connection."
}

# The stamp is written last, so that an interrupted installation is done again.
installTorch() {
    local root="$1"
    local stamp="$root/.complete"
    if [[ -f "$stamp" ]]; then
        say "LibTorch: already in $root"
        return
    fi
    [[ "$(uname -m)" == x86_64 ]] ||
        die "requirements.lock has packages for x86-64 only, and this machine is $(uname -m);" \
            "configure with -DWEIGHTROOM_TORCH_ROOT=<a torch 2.11 of your own>"

    mkdir -p "$(dirname "$root")"
    exec 9>"$root.lock"
    if ! flock -n 9; then
        say "LibTorch: another set-up is running, waiting for it"
        flock 9
    fi
    if [[ -f "$stamp" ]]; then return; fi

    local freeKiB
    freeKiB="$(df -Pk "$(dirname "$root")" | awk 'NR == 2 { print $4 }')"
    if ((freeKiB < neededDiskKiB)); then
        die "LibTorch needs $((neededDiskKiB / 1024 / 1024)) GiB free for $root; there are only $((freeKiB / 1024 / 1024)) GiB." \
            "Set XDG_CACHE_HOME to a folder on a larger disk."
    fi

    # The distribution's own Python: another one in PATH may lack venv, or be a version without wheels.
    local python="${WEIGHTROOM_PYTHON:-/usr/bin/python3}"
    say "LibTorch: installing into $root (about 2 GB to download)"
    rm -rf "$root"
    "$python" -m venv "$root" || die "$python could not make a virtual environment in $root"
    pipInstall "$root" "$lockFile"
    : >"$stamp"
    exec 9>&-
    say "LibTorch: installed"
}

# Into the environment of LibTorch, whose packages they use. The stamp has the hash of what was installed.
installTestPackages() {
    local root="$1"
    local stamp
    stamp="$root/.tests-$(sha256sum "$testLockFile" | cut -c1-16)"
    if [[ -f "$stamp" ]]; then
        say "packages of tests: already in $root"
        return
    fi
    exec 9>"$root.lock"
    flock 9
    pipInstall "$root" "$testLockFile"
    : >"$stamp"
    exec 9>&-
    say "packages of tests: installed"
}

# The programs alone: the package, installed, would start a server on this machine that is open to the network.
installPrometheus() {
    local root="$1"
    if command -v prometheus >/dev/null && command -v promtool >/dev/null; then
        say "Prometheus: already installed"
        return
    fi
    if [[ -x "$root/bin/prometheus" && -x "$root/bin/promtool" ]]; then
        say "Prometheus: already in $root"
        return
    fi
    local folder
    folder="$(mktemp -d)"
    if (cd "$folder" && apt-get -q -o APT::Sandbox::User=root download prometheus && dpkg-deb --extract prometheus_*.deb . &&
        install -m 755 usr/bin/prometheus usr/bin/promtool "$root/bin/"); then
        say "Prometheus: unpacked into $root"
    else
        say "Prometheus: could not be fetched; its test is left out"
    fi
    rm -rf "$folder"
}

withGui=yes
withTests=no
for argument in "$@"; do
    case "$argument" in
    --headless) withGui=no ;;
    --tests) withTests=yes ;;
    --print-torch-root)
        torchRoot
        exit 0
        ;;
    *) die "unknown argument '$argument'; there are --headless, --tests and --print-torch-root" ;;
    esac
done

command -v dpkg-query >/dev/null ||
    die "this is not Debian or Ubuntu; install the packages named in installer/dependencies/debian.txt by hand"
installPackages
installTorch "$(torchRoot)"
if [[ "$withTests" == yes ]]; then
    installTestPackages "$(torchRoot)"
    installPrometheus "$(torchRoot)"
fi
