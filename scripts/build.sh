# Sourced by run.sh and test.sh: finds out what to build, sets up what is missing, configures and builds.
#   choose_build          -> sets: cuda (on|off), nvcc (path or empty), preset
#   set_up [options]      -> scripts/bootstrap.sh, skipped when this build folder was set up with the same pins before
#   configure_and_build PRESET [cmake options...]
# Environment: AFS_CUDA=on|off|auto (auto: CUDA where there is an nvcc), AFS_GUI=ON|OFF, AFS_TORCH_ROOT, AFS_JOBS.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
say() { echo "afstudio set-up: $*" >&2; }
die() { echo "afstudio set-up: $*" >&2; exit 1; }
jobs=${AFS_JOBS:-$(nproc)}

choose_build() {
    nvcc=$(command -v nvcc || true)
    if [ -z "$nvcc" ] && [ -x /usr/local/cuda/bin/nvcc ]; then nvcc=/usr/local/cuda/bin/nvcc; fi
    case ${AFS_CUDA:-auto} in
        on | ON) cuda=on ;;
        off | OFF) cuda=off ;;
        auto | AUTO) if [ -n "$nvcc" ]; then cuda=on; else cuda=off; fi ;;
        *) die "AFS_CUDA=$AFS_CUDA is not one of on, off, auto." ;;
    esac
    if [ $cuda = on ] && [ -z "$nvcc" ]; then die "AFS_CUDA=on, but there is no nvcc. Install the CUDA toolkit 13, or leave AFS_CUDA unset for the CPU-only program."; fi
    preset=$([ $cuda = on ] && echo cuda || echo cpu)
}

set_up() {
    env_dir=$("$root/scripts/bootstrap.sh" --print)
    local stamp="$env_dir $* gui=${AFS_GUI:-ON} tests=$("$root/scripts/bootstrap.sh" --print-tests)" file=$root/build/.set-up
    if [ -e "$file" ] && grep -qxF "$stamp" "$file" && [ -d "$env_dir" ]; then return 0; fi
    "$root/scripts/bootstrap.sh" "$@"
    mkdir -p "$root/build"
    echo "$stamp" >>"$file"
}

configure_and_build() {
    local preset=$1; shift
    local folder=$root/build/$preset options
    options=(-DAFS_ENV_DIR="$env_dir" -DAFS_TORCH_ROOT="${AFS_TORCH_ROOT:-}" -DAFS_GUI="${AFS_GUI:-ON}" "$@")
    # Configuring again is cheap but not free: only when what it is given changed.
    if [ ! -e "$folder/build.ninja" ] || [ "$(cat "$folder/.options" 2>/dev/null)" != "${options[*]}" ]; then
        (cd "$root" && cmake --preset "$preset" "${options[@]}") >"$root/build/configure.log" 2>&1 || { cat "$root/build/configure.log" >&2; die "CMake could not configure the build; its output is above."; }
        echo "${options[*]}" >"$folder/.options"
    fi
    if [ -t 2 ]; then cmake --build "$folder" -j "$jobs" >&2 || die "the build failed; the compiler's message is above."
    else
        cmake --build "$folder" -j "$jobs" >"$folder/build.log" 2>&1 || { grep -vE '^\[[0-9]+/[0-9]+\]' "$folder/build.log" | head -n 100 >&2; die "the build failed; the compiler's messages are above, all of its output in build/$preset/build.log."; }
    fi
}
