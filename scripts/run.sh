#!/usr/bin/env bash
# Sets up whatever is missing, builds, and runs `afstudio` with the arguments given. Without arguments: the window with the demo
# model; where there is no display, pictures of the demo model in out/.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"

choose_build
program=$root/build/$preset/app/afstudio
if [ $cuda = on ]; then set_up --cuda; else set_up; fi
if [ ! -x "$program" ]; then
    [ $cuda = on ] || say "no CUDA compiler is used: building the CPU-only program (AFS_CUDA=on needs nvcc)."
    say "building; this takes some minutes the first time."
fi
if [ $cuda = on ]; then configure_and_build cuda -DCMAKE_CUDA_COMPILER="$nvcc"; else configure_and_build cpu; fi
exec "$program" "$@"
