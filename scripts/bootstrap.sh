#!/usr/bin/env bash
# Sets up what a build needs and this machine lacks: Debian packages, and a Python environment in the user's cache folder
# that holds LibTorch, the sources of Dear ImGui and ImPlot, and the generated OpenGL loader. Nothing is written to the tree.
#
#   scripts/bootstrap.sh [--cuda] [--nvcc] [--tests] [--print] [--print-tests]
#     --cuda    also the libraries that a CUDA build of LibTorch loads
#     --nvcc    also the CUDA compiler from PyPI (for machines without one)
#     --tests   also the packages that only the test command needs; Python's in an environment of their own
#     --print   print the folder of the environment and do nothing else; --print-tests: of the tests' environment
#
# Environment: AFS_CACHE (where environments live; default: the user's cache folder), AFS_TORCH_ROOT (use the `torch`
# package folder that is already there instead of fetching one), AFS_GUI=OFF (skip what only the window needs).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pins=$root/third_party/requirements
cache=${AFS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/alias-free-studio}
gui=${AFS_GUI:-ON}

# The one list of Debian packages.
packages_build="build-essential cmake ninja-build ccache mold pkg-config python3-venv libpng-dev libturbojpeg0-dev
    libzip-dev zlib1g-dev libssl-dev nlohmann-json3-dev libfmt-dev libspdlog-dev libcli11-dev libhwy-dev
    libavcodec-dev libavformat-dev libavutil-dev
    libgloo-dev"
packages_gui="libglfw3-dev libx11-dev libgl1-mesa-dev libgl1-mesa-dri"
packages_tests="libgtest-dev libgmock-dev libbenchmark-dev clang libclang-rt-14-dev clang-format xvfb xauth xdotool"

cuda=0 nvcc=0 tests=0 print=
for argument in "$@"; do
    case $argument in
        --cuda) cuda=1 ;; --nvcc) nvcc=1 ;; --tests) tests=1 ;; --print) print=env ;; --print-tests) print=tests ;;
        *) echo "bootstrap.sh: unknown option $argument (see the head of the script)" >&2; exit 2 ;;
    esac
done

say() { echo "afstudio set-up: $*" >&2; }
die() { echo "afstudio set-up: $*" >&2; exit 1; }

python=$(command -v python3) || die "python3 is missing. Install it (apt-get install python3 python3-venv) and run this again."
python_version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
case $python_version in
    3.11 | 3.12) ;;
    *) [ -n "${AFS_TORCH_ROOT:-}" ] || die "python3 is $python_version; LibTorch is pinned for 3.11 and 3.12. Install one of them, or set AFS_TORCH_ROOT to the folder of a torch 2.11 package." ;;
esac
hash=$({ cat "$pins"/*.txt; echo "$python_version ${AFS_TORCH_ROOT:-}"; } | sha256sum | cut -c1-12)
env_dir=$cache/env-$hash
tests_dir=$cache/tests-$({ cat "$pins"/tests/*.txt; echo "$python_version"; } | sha256sum | cut -c1-12)
case $print in env) echo "$env_dir"; exit 0 ;; tests) echo "$tests_dir"; exit 0 ;; esac

install_debian_packages() {
    local wanted=$packages_build missing=()
    [ "$gui" = OFF ] || wanted="$wanted $packages_gui"
    [ $tests = 0 ] || wanted="$wanted $packages_tests"
    local installed
    installed=$(dpkg-query -W -f '${binary:Package} ${Package} ${db:Status-Status}\n' 2>/dev/null | awk '$3 == "installed" {print $2}' | sort -u)
    for package in $wanted; do
        # Ubuntu 24.04 names the sanitizer runtime after its own clang.
        if [ "$package" = libclang-rt-14-dev ] && ! apt-cache show "$package" >/dev/null 2>&1 && ! grep -qx "$package" <<<"$installed"; then
            package=$(apt-cache pkgnames libclang-rt- 2>/dev/null | grep -E '^libclang-rt-[0-9]+-dev$' | sort -V | tail -n 1)
            [ -n "$package" ] || package=libclang-rt-14-dev
        fi
        grep -qx "$package" <<<"$installed" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo)
        elif command -v sudo >/dev/null && [ -t 0 ]; then as_root=(sudo)
        else die "these packages are missing. Run this once as root, then start again:
  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
        fi
    fi
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    local log; log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2; rm -f "$log"
        die "apt-get could not install the packages above; its last lines are shown."
    fi
    rm -f "$log"
}

# Runs "$2..." once: a marker file makes the stage a no-op the next time, and a half-made stage is repeated.
stage() {
    local marker=$env_dir/.$1; shift
    [ -e "$marker" ] || { "$@" && touch "$marker"; }
}

pip_install() { "$env_dir/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes -r "$@"; }

make_environment() { rm -rf "$env_dir"/{bin,lib,lib64,include,pyvenv.cfg}; "$python" -m venv "$env_dir"; }

fetch_base() {
    if [ -n "${AFS_TORCH_ROOT:-}" ]; then
        [ -e "$AFS_TORCH_ROOT/lib/libtorch_cpu.so" ] || die "AFS_TORCH_ROOT=$AFS_TORCH_ROOT holds no lib/libtorch_cpu.so. Point it at the folder of a torch package."
        # Everything of the list but torch and the CUDA libraries that came with the other torch.
        awk '/^(glad2|jinja2|markupsafe)==/ {keep=1} /^[a-z].*==/ && !/^(glad2|jinja2|markupsafe)==/ {keep=0} keep' "$pins/base.txt" >"$env_dir/base.txt"
        pip_install "$env_dir/base.txt"
    else
        say "fetching LibTorch (0.55 GB)"
        pip_install "$pins/base.txt"
    fi
}

fetch_gui_sources() {
    say "fetching the sources of Dear ImGui and ImPlot, generating the OpenGL loader"
    local work=$env_dir/sources.part
    rm -rf "$work" "$env_dir/sources" "$env_dir/glad"; mkdir -p "$work"
    "$env_dir/bin/python" -m pip download --quiet --disable-pip-version-check --no-input --no-deps --require-hashes --no-binary imgui-bundle -d "$work" -r "$pins/sources.txt"
    tar -C "$work" -xzf "$work"/imgui_bundle-*.tar.gz
    mkdir "$env_dir/sources"
    mv "$work"/imgui_bundle-*/external/imgui/imgui "$env_dir/sources/imgui"
    mv "$work"/imgui_bundle-*/external/implot/implot "$env_dir/sources/implot"
    mkdir "$env_dir/sources/fonts"
    mv "$work"/imgui_bundle-*/bindings/imgui_bundle/assets/fonts/{Roboto/Roboto-Regular.ttf,Roboto/Roboto-Bold.ttf,Inconsolata-Medium.ttf} "$env_dir/sources/fonts/"
    rm -rf "$work"
    "$env_dir/bin/python" -m glad --quiet --reproducible --api gl:core=4.5 --extensions "" --out-path "$env_dir/glad" c
}

fetch_cuda() { say "fetching the CUDA libraries of LibTorch (2.1 GB)"; pip_install "$pins/cuda.txt"; }

fetch_nvcc() {
    say "fetching the CUDA compiler (0.1 GB)"
    pip_install "$pins/nvcc.txt"
    [ -z "${AFS_TORCH_ROOT:-}" ] || { awk '/^nvidia-cuda-runtime==/ {keep=1} /^[a-z].*==/ && !/^nvidia-cuda-runtime==/ {keep=0} keep' "$pins/base.txt" >"$env_dir/cudart.txt"; pip_install "$env_dir/cudart.txt"; }
    local toolkit=$env_dir/lib/python$python_version/site-packages/nvidia/cu13
    ln -sfn lib "$toolkit/lib64"
    ln -sfn libcudart.so.13 "$toolkit/lib/libcudart.so"
}

fetch_tests() {
    say "fetching what only tests run"
    rm -rf "$tests_dir"; mkdir -p "$tests_dir"
    "$python" -m venv "$tests_dir"
    "$tests_dir/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes -r "$pins/tests/python.txt"
    touch "$tests_dir/.complete"
}

install_debian_packages
mkdir -p "$cache"
exec 9>"$cache/lock-$hash"
flock 9                                  # another checkout may be making the same environment
mkdir -p "$env_dir"
stage venv make_environment
stage base fetch_base
[ "$gui" = OFF ] || stage gui fetch_gui_sources
[ $cuda = 0 ] || [ -n "${AFS_TORCH_ROOT:-}" ] || stage cuda fetch_cuda
[ $nvcc = 0 ] || stage nvcc fetch_nvcc
[ $tests = 0 ] || [ -e "$tests_dir/.complete" ] || fetch_tests
