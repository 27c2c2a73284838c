#!/usr/bin/env python3
"""What the assembler says that each CUDA kernel takes, kept at build time and checked by the tests.

    check_kernel_resources.py record COMMAND...   runs a compile command (with -Xptxas=-v) and keeps the assembler's report beside
                                                  the object it makes, as OBJECT.resources; other output passes
    check_kernel_resources.py check OBJECT...     reads the reports; prints a line for each kernel; fails where a kernel spills
                                                  registers, or where one of the hot instances of filtered_lrelu (4 and 6 taps a
                                                  phase) leaves less than half of a multiprocessor's threads room, or where one
                                                  is missing

Theoretical occupancy: threads whose registers fit a multiprocessor of compute capability 8.0 and later (65536 registers, dealt to
warps in units of 256), of the 2048 that it holds at most. Shared memory depends on the launch (tests/kernels checks it)."""
import pathlib
import re
import subprocess
import sys

REGISTERS, UNIT, WARPS = 65536, 256, 64
INSTANCES = {4: 30, 6: 30, 8: 30}  # of filtered_lrelu_march.h, by taps a phase
HOT = (4, 6)

KERNEL = re.compile(r"Compiling entry function '(\S+)' for '(\w+)'")
FRAME = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
USED = re.compile(r"Used (\d+) registers")
MARCH = re.compile(r"MarchILi(\d)ELi(\d)ELi(\d)ELNS1_7FirKindE(\d)ELNS0_7SignUseE(\d)ELi(\d)E")


def record(command: list[str]) -> int:
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    report, rest, ours = [], [], False
    for line in done.stderr.splitlines(keepends=True):
        # A function's properties stand on a line of their own that begins with blanks.
        ours = line.startswith("ptxas info") or (ours and FRAME.search(line) is not None)
        (report if ours else rest).append(line)
    sys.stderr.write("".join(rest))
    if done.returncode == 0 and "-o" in command:
        pathlib.Path(command[command.index("-o") + 1] + ".resources").write_text("".join(report))
    return done.returncode


def name_of(symbol: str):
    found = MARCH.search(symbol)
    if not found:
        return symbol[:100], None
    up, down, taps, kind, sign, channels = map(int, found.groups())
    kinds, signs = ("separable", "plane down", "plane up"), ("", ", writes signs", ", reads signs")
    return f"filtered_lrelu up {up} down {down}, {taps} taps a phase, {kinds[kind]}{signs[sign]}, {channels} channel(s)", taps


def check(objects: list[str]) -> int:
    problems, seen = [], {}
    kernel = frame = None
    for path in (pathlib.Path(o + ".resources") for o in objects if o.endswith(".o") and ".cu" in o):
        if not path.exists():
            problems.append(f"{path} is missing: build again")
            continue
        for line in path.read_text().splitlines():
            if match := KERNEL.search(line):
                kernel = match.groups()
            elif match := FRAME.search(line):
                frame = tuple(map(int, match.groups()))
            elif kernel and (match := USED.search(line)):
                name, taps = name_of(kernel[0])
                registers = int(match.group(1))
                warps = min(REGISTERS // (-(-registers * 32 // UNIT) * UNIT), WARPS)
                seen.setdefault(kernel[1], []).append(taps)
                print(f"{kernel[1]} {name}: {registers} registers, {warps * 100 // WARPS} % of the threads, {frame[0]} bytes of stack, {frame[1]} + {frame[2]} spilled")
                if any(frame):
                    problems.append(f"{kernel[1]} {name}: spills registers or keeps arrays in memory ({frame[0]} bytes)")
                if taps in HOT and warps * 2 < WARPS:
                    problems.append(f"{kernel[1]} {name}: {registers} registers leave room for {warps} of {WARPS} warps")
                kernel = frame = None
    if not seen:
        problems.append("no kernel was found in the reports")
    for architecture, kernels in seen.items():
        for taps, count in INSTANCES.items():
            if kernels.count(taps) != count:
                problems.append(f"{architecture}: {kernels.count(taps)} instances of {taps} taps a phase, not {count}")
    print("\n".join(problems) if problems else f"{sum(map(len, seen.values()))} kernels: none spills, the hot ones leave room for half of the threads")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("record", "check"):
        sys.exit(__doc__)
    sys.exit((record if sys.argv[1] == "record" else check)(sys.argv[2:]))
