#!/usr/bin/env python3
"""Adds up the GoogleTest reports of a folder: names what was skipped, and closes with 'N passed, N failed, N skipped'."""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def main(folder: str) -> int:
    passed = failed = 0
    skipped = []
    for report in sorted(pathlib.Path(folder).glob("*.xml")):
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            if case.find("failure") is not None:
                failed += 1
                print(f"failed: {name}")
            elif case.find("skipped") is not None or case.get("result") == "skipped":
                skip = case.find("skipped")
                reason = (skip.get("message", "") if skip is not None else "").strip().splitlines()
                skipped.append((name, reason[-1] if reason else ""))
            elif case.get("status") == "run":
                passed += 1
    for name, reason in skipped:
        print(f"skipped: {name} ({reason})" if reason else f"skipped: {name}")
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
