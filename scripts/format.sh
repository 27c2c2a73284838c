#!/usr/bin/env bash
# Formats our sources in place; with --check, only says which files differ and fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v clang-format >/dev/null || { echo "format.sh: clang-format is missing (scripts/bootstrap.sh --tests installs it)" >&2; exit 1; }
mode=(-i)
[ "${1:-}" != --check ] || mode=(--dry-run -Werror)
git ls-files --cached --others --exclude-standard '*.h' '*.cpp' '*.cu' | xargs -r clang-format --style=file "${mode[@]}"
