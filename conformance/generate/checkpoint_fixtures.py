"""Writes test/fixtures/checkpoints: checkpoints as PyTorch and safetensors write them, and what they hold.

    python conformance/generate/checkpoint_fixtures.py
"""

import argparse
import base64
import collections
import json
from pathlib import Path

import numpy
import safetensors.torch
import torch
from torch import nn

FOLDER = Path(__file__).parents[2] / "test" / "fixtures" / "checkpoints"
DTYPES = "float64 float32 float16 bfloat16 int8 int16 int32 int64 uint8 bool complex64".split()
NEW_DTYPES = "uint16 uint32 uint64".split()


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.bn2 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.fc(self.flatten(self.pool(x)))


class Scale(nn.Module):
    """Pickled whole, in the old format together with its source text."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))


def typed(names):
    values = torch.tensor([[0, 1, 2], [100, 5, 6]])
    return {name: values.to(getattr(torch, name)) for name in names}


def state():
    linear = nn.Linear(3, 4)
    return collections.OrderedDict((f"module.{key}", value) for key, value in linear.state_dict().items())


def views():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    return {
        "base": base,
        "tied": base,
        "transposed": base.t()[1:3],
        "steps": base[1:, ::2],
        "expanded": base[:, :1].expand(4, 3),
        "channels_last": torch.arange(48.0).reshape(2, 2, 3, 4).to(memory_format=torch.channels_last),
    }


def training():
    """A checkpoint as training scripts write it: more than tensors."""
    return {
        "epoch": 3,
        "best": numpy.float64(0.5),
        "args": argparse.Namespace(lr=0.1, betas=(0.9, 0.99)),
        "counts": collections.Counter("aab"),
        "classes": ["cat", "dog"],
        "state_dict": state(),
        "views": views(),
        "dtypes": typed(DTYPES),
        "parameter": nn.Parameter(torch.tensor([1.5, -2.5])),
        "scalar": torch.tensor(7),
        "empty": torch.zeros(0, 3),
        "list": [torch.tensor([1.0]), ("text", {"deep": torch.tensor([2.0])})],
        "optimizer": {"state": {0: {"step": 1, "exp_avg": torch.tensor([3.0])}}, "param_groups": [{"lr": 0.1}]},
    }


def flattened(value, name=""):
    if isinstance(value, torch.Tensor):
        yield name, value
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    for key, child in items:
        yield from flattened(child, f"{name}.{key}" if name else str(key))


def described(tensor):
    tensor = tensor.detach().contiguous()
    data = tensor.flatten().view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
    dtype = str(tensor.dtype).removeprefix("torch.")
    return {"dtype": dtype, "shape": list(tensor.shape), "base64": base64.b64encode(data).decode()}


def save(name, value, **options):
    torch.save(value, FOLDER / name, **options)
    return {name: {key: described(tensor) for key, tensor in flattened(value)}}


def save_as_on_cuda(name, value):
    """Storages tagged as if they lay on a GPU, which needs none to write."""
    tag = torch.serialization.location_tag
    torch.serialization.location_tag = lambda storage: "cuda:0"
    try:
        return save(name, value, _use_new_zipfile_serialization=False)
    finally:
        torch.serialization.location_tag = tag


def save_safetensors(name, tensors, metadata=None):
    safetensors.torch.save_file(tensors, FOLDER / name, metadata)
    return {name: {key: described(tensor) for key, tensor in tensors.items()}}


def save_sharded():
    parts = {f"model-0000{i}-of-00002.safetensors": {f"{i}.{key}": value for key, value in state().items()} for i in (1, 2)}
    for name, tensors in parts.items():
        safetensors.torch.save_file(tensors, FOLDER / name, {"format": "pt"})
    weight_map = {key: name for name, tensors in parts.items() for key in tensors}
    index = {"metadata": {"total_size": 128}, "weight_map": weight_map}
    name = "model.safetensors.index.json"
    (FOLDER / name).write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")
    return {name: {key: described(value) for tensors in parts.values() for key, value in tensors.items()}}


def write_refused():
    torch.serialization.get_source_lines_and_file = lambda cls: (["class Scale(nn.Module): ..."], 1, "scale.py")
    for name, options in (("module", {}), ("module-legacy", {"_use_new_zipfile_serialization": False})):
        torch.save({"epoch": 1, "model": Scale()}, FOLDER / f"{name}.pth", **options)
    torch.save({"w": torch.quantize_per_tensor(torch.ones(2), 0.5, 0, torch.qint8)}, FOLDER / "quantised.pth")
    torch.save({"w": torch.eye(2).to_sparse()}, FOLDER / "sparse.pth")
    torch.save({"w": torch.ones(2, device="meta")}, FOLDER / "meta.pth")
    safetensors.torch.save_file({"w": torch.ones(2).to(torch.float8_e4m3fn)}, FOLDER / "float8.safetensors")


def write_cnn():
    torch.manual_seed(11)
    model = Cnn()
    model(torch.randn(16, 1, 9, 7))
    model.eval()
    torch.save({"state_dict": model.state_dict()}, FOLDER / "cnn-training.pth")
    torch.save(model.state_dict(), FOLDER / "cnn.pth")
    x = torch.randn(3, 1, 9, 7)
    golden = {"input": described(x), "output": described(model(x))}
    (FOLDER / "cnn.json").write_text(json.dumps(golden, indent=1) + "\n")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    flat = {**state(), **typed(DTYPES + NEW_DTYPES), "scalar": torch.tensor(7), "empty": torch.zeros(0, 3)}
    expected = {
        **save("training.pth", {**training(), "new": typed(NEW_DTYPES)}),
        **save("training-legacy.pth", training(), _use_new_zipfile_serialization=False),
        **save("protocol-4.pth", state(), pickle_protocol=4),
        **save("tensor.pth", torch.tensor([1.0, 2.0])),
        **save_as_on_cuda("cuda-legacy.pth", state()),
        **save_safetensors("flat.safetensors", flat, {"format": "pt"}),
        **save_sharded(),
    }
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    write_refused()
    write_cnn()


if __name__ == "__main__":
    main()
