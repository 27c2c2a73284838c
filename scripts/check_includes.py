#!/usr/bin/env python3
"""Holds the direction of dependence between the rooms (docs/architecture.md): static libraries link whatever they are given, so the
includes are what is checked. Prints every line that breaks the table and fails."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# room: (rooms it may include, whether LibTorch may be included, whether window libraries may be included)
NONE = frozenset()
ROOMS = {
    "kernels": (NONE, False, False),
    "core/base": (NONE, False, False),
    "core/formats": ({"core/base"}, False, False),
    "core/plot": ({"core/base", "core/formats"}, False, False),
    "core/data": ({"core/base", "core/formats"}, False, False),
    "core/ops": ({"core/base", "core/formats", "kernels"}, True, False),
    "core/cuda_side": ({"core/ops"}, True, False),
    "core/model": ({"core/base", "core/formats", "core/ops"}, True, False),
    "core/analysis": ({"core/base", "core/formats", "core/data", "core/ops", "core/model", "kernels"}, True, False),
    "core/scene": ({"core/base", "core/formats"}, False, False),
    "core/render": ({"core/base", "core/formats", "core/plot", "core/data", "core/ops", "core/model", "core/analysis", "core/scene", "kernels"}, True, False),
    "core/train": ({"core/base", "core/formats", "core/data", "core/ops", "core/model", "core/analysis", "core/scene"}, True, False),
    "app/cli": ({"core/base", "core/formats", "core/plot", "core/data", "core/ops", "core/model", "core/analysis", "core/scene", "core/render", "core/train", "app/gui"}, False, False),
    "app/gui": ({"core/base", "core/formats", "core/plot", "core/scene", "core/render", "core/ops", "core/model", "core/analysis"}, False, True),
    "app": ({"core/base", "app/cli"}, False, False),
}
# Torch-free headers that rooms without torch may take from rooms with it.
TORCH_FREE = {
    "core/analysis/average_run.h",
    "core/analysis/average_spectrum.h",
    "core/analysis/equivariance_figures.h",
    "core/analysis/equivariance_run.h",
    "core/analysis/feature_run.h",
    "core/analysis/picture_source.h",
    "core/analysis/spectrum_figures.h",
    "core/analysis/waterfall.h",
    "core/model/changed_filters.h",
    "core/model/convert.h",
    "core/model/describe.h",
    "core/model/discriminator_config.h",
    "core/model/filters.h",
    "core/model/generator_config.h",
    "core/model/init_file.h",
    "core/model/layer_schedule.h",
    "core/model/module_outputs.h",
    "core/model/presets.h",
    "core/model/tensor_plan.h",
    "core/ops/device.h",
    "core/ops/device_memory.h",
    "core/ops/libraries.h",
    "core/ops/tensor_pool.h",
    "core/render/contact_sheet.h",
    "core/render/film.h",
    "core/render/frame.h",
    "core/render/frame_picture.h",
    "core/render/frame_source.h",
    "core/render/render_service.h",
    "core/render/spectrum_colours.h",
    "core/render/speed.h",
    "core/render/stills.h",
    "core/train/event_file.h",
    "core/train/ranks.h",
    "core/train/run.h",
    "core/train/run_directory.h",
    "core/train/run_options.h",
    "core/train/run_plan.h",
    "core/train/run_status.h",
    "core/train/training_config.h",
    "core/train/training_memory.h",
    "core/train/training_options.h",
    "core/train/training_speed.h",
}
TORCH = re.compile(r"^(torch|ATen|c10)/")
WINDOW = re.compile(r"^(imgui|implot|GLFW/|glad/|imgui_)")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def room_of(path: str):
    candidates = [room for room in ROOMS if path.startswith(room + "/")]
    return max(candidates, key=len) if candidates else None


def main() -> int:
    problems = []
    for file in sorted(p for top in ("kernels", "core", "app") for p in (ROOT / top).rglob("*") if p.suffix in {".h", ".cpp", ".cu", ".cuh"}):
        name = file.relative_to(ROOT).as_posix()
        room = room_of(name)
        may, torch, window = ROOMS[room]
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            target = found.group(1)
            other = room_of(target)
            why = None
            if TORCH.match(target) and (not torch or name in TORCH_FREE):
                why = "torch may not be included here"
            elif WINDOW.match(target) and not window:
                why = "window libraries may not be included here"
            elif other and other != room and other not in may:
                why = f"{room} may not depend on {other}"
            elif other and other != room and not torch and ROOMS[other][1] and target not in TORCH_FREE:
                why = f"{target} is not one of the torch-free headers (scripts/check_includes.py)"
            elif (name in TORCH_FREE) and other and ROOMS[other][1] and target not in TORCH_FREE:
                why = f"a torch-free header may not include {target}"
            if why:
                problems.append(f"{name}:{number}: {why}: {line.strip()}")
    print("\n".join(problems) if problems else "includes: every room depends only on what it may")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
