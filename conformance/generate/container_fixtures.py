"""Writes the small model files that the container and loader tests read, and what PyTorch says is in them.

    python conformance/generate/container_fixtures.py

Needs torch 2.13, numpy and safetensors. What other versions of torch write is made from a real export of this one: the same
JSON and the same tensors, in the layout of that version.
"""

import collections
import io
import json
import math
import os
import pickle
import re
import zipfile
from pathlib import Path

import numpy
import safetensors.torch
import torch
from torch import nn

FOLDER = Path(__file__).parents[2] / "test" / "fixtures"
PT2 = FOLDER / "pt2"
NPY = FOLDER / "npy"
BATCH = torch.export.Dim("batch", min=1, max=512)


class Mlp(nn.Module):
    """A dynamic batch, and weights of every kind of placement."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 6)
        self.second = nn.Linear(4, 4)
        self.tied = self.first.weight
        whole = torch.randn(5, 8)
        self.slice = nn.Parameter(whole.t()[1:5, 2:])
        self.brief = nn.Parameter(torch.randn(4).to(torch.bfloat16))
        self.register_buffer("scale", torch.tensor(2.0))
        self.register_buffer("shift", torch.arange(4.0), persistent=False)

    def forward(self, x, extra, *, flag=True):
        y = self.second(torch.relu(self.first(x)) @ self.tied)
        with torch.no_grad():
            z = (y * self.scale + self.shift).masked_fill(y > 0, -math.inf)
        w = z @ self.slice + extra["bias"]
        u = x.view(x.shape[0] * 2, 2) + torch.tensor([1.0, 2.0])
        return {"logits": w, "hidden": (y, [u, None, 7]), "cast": self.brief.float() + x}


class Branch(nn.Module):
    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda t: t + 1, lambda t: t - 1, (x,))


class Stateful(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x):
        return self.norm(x)


def sample():
    return (torch.randn(2, 4), {"bias": torch.randn(3)})


def export(module, args, **options):
    """An exported program whose stack traces do not tell where this machine keeps its files."""
    program = torch.export.export(module, args, **options)
    for part in program.graph_module.modules():
        for node in part.graph.nodes:
            if trace := node.meta.get("stack_trace"):
                node.meta["stack_trace"] = re.sub(r'File "[^"]*/(site-packages|generate)/', r'File "/home/user/\1/', trace)
    return program


def export_mlp():
    shapes = {"x": {0: BATCH}, "extra": {"bias": None}, "flag": None}
    return export(Mlp().eval(), sample(), kwargs={"flag": False}, dynamic_shapes=shapes)


def saved(thing):
    buffer = io.BytesIO()
    torch.save(thing, buffer)
    return buffer.getvalue()


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def pack(path, contents, root="", compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(f"{root}{name}"), data, compression)


def with_schema(exported, major, minor, torch_version):
    """The exported program as an older schema writes it: bare non-finite numbers, and no fields that came later."""
    exported = json.loads(json.dumps(exported))
    exported["schema_version"] = {"major": major, "minor": minor}
    exported["torch_version"] = torch_version
    exported.pop("guards_code")

    def visit(value):
        if isinstance(value, dict):
            value.pop("kind", None)
            value.pop("is_hop_single_tensor_return", None)
            if value.get("as_float") in ("Infinity", "-Infinity", "NaN"):
                value["as_float"] = float(value["as_float"])
            if "as_none" in value and (major, minor) < (8, 3):
                value["as_none"] = []
            for child in value.values():
                visit(child)
        if isinstance(value, list):
            for child in value:
                visit(child)

    visit(exported)
    return exported


def python_expressions(text):
    """srepr, as newer schemas write symbolic sizes, turned into the Python arithmetic of the older ones."""
    text = re.sub(r"Symbol\('(\w+)'[^()]*\)", r"\1", text)
    return re.sub(r"Mul\(Integer\((\d+)\), (\w+)\)", r"\1*\2", text)


def torch_2_4(exported):
    """torch 2.4: the dialect by name, a persistent flag but no version of torch, sizes as Python arithmetic."""
    exported = with_schema(exported, 5, 3, "")
    exported.pop("torch_version")
    exported.pop("verifiers")
    exported["dialect"] = "ATEN"
    return python_expressions(json.dumps(exported))


def write_mlp():
    torch.manual_seed(3)
    program = export_mlp()
    torch.export.save(program, PT2 / "mlp-2.13.pt2")
    parts = members(PT2 / "mlp-2.13.pt2")
    exported = json.loads(parts["models/model.json"])
    weights = saved(dict(program.state_dict))
    constants = saved(dict(program.constants))
    samples = saved(program.example_inputs)

    pack(PT2 / "mlp-2.13-deflated.pt2", parts, "zipped-again/", zipfile.ZIP_DEFLATED)
    pack(
        PT2 / "mlp-2.8.pt2",
        {
            "archive_format": b"pt2",
            "archive_version": b"0",
            "models/model.json": json.dumps(with_schema(exported, 8, 8, "2.8.0")).encode(),
            "data/weights/model.pt": weights,
            "data/constants/model.pt": constants,
            "data/sample_inputs/model.pt": samples,
            "byteorder": b"little",
        },
        "mlp-2.8/",
    )
    flat = {
        "serialized_exported_program.json": json.dumps(with_schema(exported, 8, 2, "2.6.0")),
        "serialized_state_dict.pt": weights,
        "serialized_constants.pt": constants,
        "serialized_example_inputs.pt": samples,
        "version": "8.2",
    }
    pack(PT2 / "mlp-2.6.pt2", flat)
    pack(PT2 / "mlp-2.6-deflated.pt2", flat, "", zipfile.ZIP_DEFLATED)
    old = {**flat, "serialized_exported_program.json": torch_2_4(exported), "version": "5.3"}
    pack(PT2 / "mlp-2.4.pt2", old)
    tensors = {**program.state_dict, **program.constants}
    return {
        "weights": {
            name: {"shape": list(tensor.shape), "values": tensor.detach().flatten().double().tolist()}
            for name, tensor in tensors.items()
        },
        "samples": [tensor.flatten().tolist() for tensor in (program.example_inputs[0][0], program.example_inputs[0][1]["bias"])],
    }


def write_small_models():
    torch.manual_seed(4)
    x = torch.randn(2, 3)
    linear = nn.Linear(10, 1).eval()
    torch.export.save(
        export(linear, (torch.randn(2, 10),), dynamic_shapes=({0: BATCH},)), PT2 / "linear-2.13.pt2"
    )
    torch.export.save(export(Branch(), (x,)), PT2 / "cond.pt2")
    stateful = export(Stateful().train(), (x,)).run_decompositions()
    torch.export.save(stateful, PT2 / "stateful.pt2")


def write_foreign():
    torch.manual_seed(5)
    linear = nn.Linear(2, 2)
    torch.jit.save(torch.jit.script(linear), PT2 / "torchscript.pt")
    parts = members(PT2 / "torchscript.pt")
    pack(PT2 / "torchscript.pt", {name: data for name, data in parts.items() if not name.endswith("debug_pkl")}, "torchscript/")
    torch.save(linear.state_dict(), PT2 / "checkpoint.pth")
    torch.save(linear.state_dict(), PT2 / "checkpoint-legacy.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(linear.state_dict(), PT2 / "weights.safetensors")


def arrays():
    values = [0, 1, 2, 100, 5, 6]
    named = {
        name: numpy.array(values, dtype=name).reshape(2, 3)
        for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    }
    for name in ("float16", "float32", "float64"):
        named[name] = numpy.array([0.5, -1, math.inf, math.nan, 1e-3, 60000], dtype=name).reshape(2, 3)
    named["complex64"] = numpy.array([1 + 2j, -3.5j], dtype="complex64")
    named["complex128"] = numpy.array([1 + 2j, -3.5j], dtype="complex128")
    named["bool"] = numpy.array([True, False])
    named["scalar"] = numpy.array(3.5)
    named["empty"] = numpy.zeros((0, 4), dtype="float32")
    named["fortran"] = numpy.asfortranarray(numpy.arange(24, dtype="int32").reshape(2, 3, 4))
    named["big_endian"] = numpy.arange(6, dtype=">i4").reshape(2, 3)
    named["big_endian_complex"] = numpy.array([1 + 2j, -3.5j], dtype=">c8")
    return named


def write_arrays():
    named = arrays()
    numpy.savez(NPY / "arrays.npz", **named)
    numpy.savez_compressed(NPY / "compressed.npz", b=named["int64"], a=named["float32"])
    for version in ((2, 0), (3, 0)):
        with open(NPY / f"version-{version[0]}.npy", "wb") as file:
            numpy.lib.format.write_array(file, named["int32"], version=version)
    numpy.save(NPY / "text.npy", numpy.array(["a", "bc"]))
    numpy.save(NPY / "objects.npy", numpy.array([{}, None], dtype=object), allow_pickle=True)
    expected = {name: {"shape": list(a.shape), "hex": a.astype(a.dtype.newbyteorder("<")).tobytes().hex()} for name, a in named.items()}
    (NPY / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


class Call:
    """Pickles as a call: what hostile files do."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


def described(value):
    """A Python value as JSON that tells its types."""
    kinds = {tuple: "tuple", list: "list", set: "set", frozenset: "set"}
    if type(value) in kinds:
        return {kinds[type(value)]: [described(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[described(key), described(item)] for key, item in value.items()]}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": value.hex()}
    if isinstance(value, int) and abs(value) >= 2**53:
        return {"int": str(value)}
    return value


def write_pickles():
    shared = [1, "shared"]
    cyclic = []
    cyclic.append(cyclic)
    values = {
        "numbers": [0, 1, -1, 255, 256, 65535, 65536, -(2**31), 2**31, 2**40, -(2**40), 2**53, 2**70, -(2**70), 0.5, -1e300],
        "constants": [None, True, False],
        "text": ["", "a", "é\u4e2d\U0001f600", "x" * 300],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "dicts": {"a": 1, 2: {"b": []}, (1, 2): None},
        "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
        "shared": [shared, shared, (shared,)],
        "sets": [set(), {7}, frozenset([8])],
        "bytes": [b"", b"\x00\xff", bytes(300)],
    }
    bad = {
        "os.system": Call(os.system, "touch hacked"),
        "eval": Call(eval, "1"),
        "getattr": Call(getattr, {}, "keys"),
        "counter": collections.Counter("aab"),
    }
    found = {
        "values": [
            {"name": name, "protocol": protocol, "hex": pickle.dumps(value, protocol).hex(), "value": described(value)}
            for name, value in values.items()
            for protocol in (2, 3, 4, 5)
        ],
        "refused": [
            {"name": name, "protocol": protocol, "hex": pickle.dumps(value, protocol).hex()}
            for name, value in bad.items()
            for protocol in (0, 2, 4)
        ],
        "cyclic": pickle.dumps(cyclic, 2).hex(),
    }
    (FOLDER / "pickle").mkdir(exist_ok=True)
    (FOLDER / "pickle" / "pickles.json").write_text(json.dumps(found, indent=1) + "\n")


def main():
    PT2.mkdir(parents=True, exist_ok=True)
    NPY.mkdir(parents=True, exist_ok=True)
    (PT2 / "expected.json").write_text(json.dumps(write_mlp(), indent=1) + "\n")
    write_small_models()
    write_foreign()
    write_arrays()
    write_pickles()


if __name__ == "__main__":
    main()
