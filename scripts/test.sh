#!/usr/bin/env bash
# Sets up whatever is missing, builds the program and its tests, runs every test under a virtual display of their own, and closes
# with the counts. The CUDA code is always compiled: with this machine's nvcc, else with the one from PyPI.
#
#   scripts/test.sh [--sanitize] [--thread-sanitize] [-- ctest options...]
#     --sanitize          the suites under AddressSanitizer and UndefinedBehaviorSanitizer, with the fuzz targets
#     --thread-sanitize   the suites under ThreadSanitizer
# Environment: as scripts/run.sh; AFS_CUDA_ARCHITECTURES (default here: 90); AFS_REQUIRE_GPU=1 makes a missing GPU a failure.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"

sanitize=
while [ $# -gt 0 ]; do
    case $1 in
        --sanitize) sanitize=asan ;;
        --thread-sanitize) sanitize=tsan ;;
        --) shift; break ;;
        *) echo "test.sh: unknown option $1 (see the head of the script)" >&2; exit 2 ;;
    esac
    shift
done

choose_build
architectures=${AFS_CUDA_ARCHITECTURES:-90}
if [ -n "$sanitize" ]; then
    preset=$sanitize
    set_up --tests
    say "building the $preset preset"
    configure_and_build "$preset"
elif [ -n "$nvcc" ] && [ $cuda = on ]; then
    set_up --cuda --tests
    say "building the program with CUDA, and its tests"
    configure_and_build cuda -DAFS_TESTS=ON -DCMAKE_CUDA_COMPILER="$nvcc" -DCMAKE_CUDA_ARCHITECTURES="$architectures"
else
    compiler=(-DCMAKE_CUDA_COMPILER="$nvcc")
    if [ -n "$nvcc" ]; then set_up --tests
    else
        set_up --tests --nvcc
        toolkit=$(echo "$env_dir"/lib/python3.*/site-packages/nvidia/cu13)
        compiler=(-DCMAKE_CUDA_COMPILER="$toolkit/bin/nvcc" -DCUDAToolkit_ROOT="$toolkit")
    fi
    say "building the CPU-only program, the CUDA code for one architecture, and the tests"
    configure_and_build cpu -DAFS_TESTS=ON -DAFS_COMPILE_CUDA_KERNELS=ON "${compiler[@]}" -DCMAKE_CUDA_ARCHITECTURES="$architectures"
fi

folder=$root/build/$preset
results=$folder/test-results
rm -rf "$results" && mkdir -p "$results"
status=0
suite_limit_s=900
[ -z "$sanitize" ] || suite_limit_s=3600
# Every suite writes its cases here; what a case skipped or failed is counted from these files.
(cd "$folder" && GTEST_OUTPUT="xml:$results/" GTEST_BRIEF=1 ctest --output-on-failure --no-tests=error --timeout "$suite_limit_s" "$@") || status=$?
python3 "$root/scripts/count_tests.py" "$results" || status=1
exit $status
