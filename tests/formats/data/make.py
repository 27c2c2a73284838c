# Made the .pt and .pkl files of this folder; run it with a Python that has torch 2.x to make them again.
# (afs.pt is flat.pt as write_torch_zip writes it, with a configuration.)
import collections
import pathlib
import pickle

import torch

folder = pathlib.Path(__file__).parent
base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
flat = collections.OrderedDict()
flat["G_ema.synthesis.weight"] = base[1:3]  # a view with an offset
flat["G_ema.synthesis.transposed"] = base.t()[:2]  # strides (1, 6): read by copying
flat["G_ema.parameter"] = torch.nn.Parameter(torch.tensor([1.5, -2.5]))
flat["G_ema.scalar"] = torch.tensor(7, dtype=torch.int64)
flat["G_ema.empty"] = torch.zeros(0, 3)
flat["G_ema.expanded"] = torch.tensor([3.0]).expand(2, 5)
for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool):
    flat["D." + str(dtype).split(".")[1]] = torch.tensor([0, 1, 1]).to(dtype)
torch.save(flat, folder / "flat.pt")
torch.save(flat, folder / "flat-legacy.pt", _use_new_zipfile_serialization=False)

module = torch.nn.Linear(2, 3)
with torch.no_grad():
    module.weight.copy_(torch.arange(6.0).reshape(3, 2))
    module.bias.fill_(0.5)
nested = {"G_ema": module.state_dict(), "step": 5, "options": {"lr": 0.1, "betas": (0.0, 0.99)},
          "optimizer": {"state": {0: {"exp_avg": torch.ones(2)}}}}
torch.save(nested, folder / "nested.pt")
torch.save([torch.ones(2)], folder / "list.pt")
torch.save(module, folder / "module.pt")

shared = ["shared"]
plain = {"numbers": [0, 1, 255, 256, 65535, 65536, -1, -129, 2**31 - 1, -(2**31), 2**31, 2**62, -(2**63)],
         "reals": [0.0, -1.5, 1e300, float("inf")], "flags": [None, True, False], "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
         "texts": ["", "plain", "\u00e4\u20ac\U0001f600", "line\nbreak \\ 'quotes' \"double\"", "x" * 300],
         "nested": {"a": {"b": {"c": [1]}}}, 7: "seven", "shared": [shared, shared], "set": {1}}
for protocol in range(6):
    (folder / f"plain-{protocol}.pkl").write_bytes(pickle.dumps(plain, protocol))
