"""Prints what TensorBoard's own reader finds in the event files of a folder, as JSON: of each file its name and events; and what the
accumulator that draws its plots makes of all of them."""
import base64
import json
import math
import os
import sys

from tensorboard.backend.event_processing import event_accumulator, event_file_loader


def value_of(value):
    if value.HasField("simple_value"):
        number = value.simple_value
        return {"tag": value.tag, "scalar": number if math.isfinite(number) else str(number)}
    if value.HasField("image"):
        image = value.image
        return {"tag": value.tag, "height": image.height, "width": image.width, "colorspace": image.colorspace,
                "png": base64.b64encode(image.encoded_image_string).decode()}
    raise SystemExit(f"an unknown value: {value}")


folder = sys.argv[1]
files = []
for name in sorted(os.listdir(folder)):
    events = []
    # The loader without the conversion of old values to new ones: what stands in the file.
    for event in event_file_loader.LegacyEventFileLoader(os.path.join(folder, name)).Load():
        events.append({"wall_time": event.wall_time, "step": event.step, "file_version": event.file_version,
                       "start": event.HasField("session_log") and event.session_log.status == 1,
                       "values": [value_of(v) for v in event.summary.value]})
    files.append({"name": name, "events": events})
plots = event_accumulator.EventAccumulator(folder)
plots.Reload()
plain = lambda x: x if math.isfinite(x) else str(x)
tensors = {tag: [[e.step, plain(float(e.tensor_proto.float_val[0]))] for e in plots.Tensors(tag)]
           for tag in plots.Tags()["tensors"] if plots.Tensors(tag)[0].tensor_proto.float_val}
scalars = {tag: [[e.step, plain(e.value)] for e in plots.Scalars(tag)] for tag in plots.Tags()["scalars"]}
json.dump({"files": files, "plots": tensors | scalars}, sys.stdout)
