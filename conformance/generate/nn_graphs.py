"""Writes test/fixtures/nn/graphs.json: what torch.export makes of the modules that src/nn has, and their state dicts.

    python conformance/generate/nn_graphs.py

The test of the same name builds each module in TypeScript and compares graphs and names.
"""

import json
import warnings
from pathlib import Path

import torch
from graph_text import graph_text
from torch import nn
from torch.nn import functional as F

TARGET = Path(__file__).parents[2] / "test" / "fixtures" / "nn" / "graphs.json"


class Lenet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3, stride=2), nn.Tanh()
        )
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(0.25)
        self.fc = nn.Linear(8 * 6 * 6, 10)

    def forward(self, x):
        return self.fc(self.dropout(self.flatten(self.features(x))))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, (3, 1), padding=(1, 0), groups=2, bias=False)
        self.bn = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.AdaptiveAvgPool2d((1, None))
        self.scale = nn.Parameter(torch.ones(4, 1, 1))

    def forward(self, x):
        out = self.relu(self.bn(self.conv(x)))
        return self.pool(out * self.scale + x)


class Attention(nn.Module):
    """Every method of symbolic tensors that a transformer needs."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(11, 8)
        self.norm = nn.LayerNorm(8)
        self.query = nn.Linear(8, 8)
        self.key = nn.Linear(8, 8, bias=False)
        self.softmax = nn.Softmax(dim=-1)
        self.gelu = nn.GELU(approximate="tanh")

    def forward(self, ids):
        x = self.norm(self.words(ids))
        batch, length = ids.shape
        q = self.query(x).view(batch, length, 2, 4).transpose(1, 2)
        k = self.key(x).reshape(batch, -1, 2, 4).permute(0, 2, 1, 3)
        scores = self.softmax(torch.matmul(q, k.transpose(-2, -1)) / 2.0)
        y = torch.matmul(scores, k).transpose(1, 2).flatten(2)
        return self.gelu(x + y).mean(1), torch.sigmoid(y.unsqueeze(1) - 1.0).squeeze(1)


class Arithmetic(nn.Module):
    """Operators on tensors, numbers and each other, with broadcasting."""

    def forward(self, x, y):
        z = torch.exp(-x).sqrt() * y + x / (y.relu() + 1)
        w = (z.pow(2).sum([1], keepdim=True) - y.tanh()).softmax(0)
        return {"cat": torch.cat([z, w], 1), "top": z.amax([-1]), "mean": z.mean()}


IMAGES = torch.randn(2, 1, 28, 28)
CASES = {
    "Linear": (nn.Linear(10, 3), torch.randn(2, 10)),
    "Linear of three dimensions": (nn.Linear(10, 3), torch.randn(2, 4, 10)),
    "Conv2d": (nn.Conv2d(1, 4, 3, stride=2, padding=1, dilation=2), IMAGES),
    "Conv2d with padding by name": (nn.Conv2d(1, 4, 3, padding="same"), IMAGES),
    "BatchNorm2d": (nn.BatchNorm2d(1), IMAGES),
    "BatchNorm2d without statistics": (nn.BatchNorm2d(1, affine=False, track_running_stats=False), IMAGES),
    "LayerNorm": (nn.LayerNorm([28, 28], eps=1e-6), IMAGES),
    "LayerNorm without weights": (nn.LayerNorm(28, elementwise_affine=False), IMAGES),
    "Embedding": (nn.Embedding(10, 3, padding_idx=0), torch.tensor([[1, 2], [3, 4]])),
    "activations": (nn.Sequential(nn.ReLU(), nn.GELU(), nn.Sigmoid(), nn.Tanh(), nn.Softmax(1)), torch.randn(2, 5)),
    "MaxPool2d": (nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True), IMAGES),
    "MaxPool2d dilated": (nn.MaxPool2d((2, 3), dilation=2), IMAGES),
    "AdaptiveAvgPool2d": (nn.AdaptiveAvgPool2d(7), IMAGES),
    "Flatten": (nn.Flatten(1, 2), IMAGES),
    "LeNet": (Lenet(), IMAGES),
    "residual block": (Block(), torch.randn(2, 4, 6, 5)),
    "attention": (Attention(), torch.randint(0, 11, (2, 5))),
    "arithmetic": (Arithmetic(), torch.randn(2, 3), torch.randn(2, 3)),
}


def case(name: str, module: nn.Module, inputs: list) -> dict:
    rows = torch.export.Dim("rows", min=1, max=64)
    module = module.eval()
    exported = torch.export.export(module, tuple(inputs), dynamic_shapes=tuple({0: rows} for _ in inputs))
    state = {key: list(value.shape) for key, value in module.state_dict().items()}
    parameters = [key for key, _ in module.named_parameters()]
    modules = [[path, type(child).__name__] for path, child in module.named_modules()]
    return {"name": name, "graph": graph_text(exported), "state": state, "parameters": parameters, "modules": modules}


def main() -> None:
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    cases = [case(name, module, inputs) for name, (module, *inputs) in CASES.items()]
    TARGET.write_text("[\n" + ",\n".join(json.dumps(each) for each in cases) + "\n]\n")


if __name__ == "__main__":
    main()
