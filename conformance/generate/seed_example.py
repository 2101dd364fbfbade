"""Writes test/fixtures/seed.json: what the program of examples/concurrent-inference.ts prints in Python. torch==2.13.0."""

import json
import pathlib

import torch
from torch import nn


class SimpleModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 1)

    def forward(self, x):
        return self.fc(x)


torch.manual_seed(0)
model = SimpleModel()
model.eval()
inputs = [torch.randn(1, 10) for _ in range(10)]
with torch.no_grad():
    results = [model(x).item() for x in inputs]
target = pathlib.Path(__file__).parents[2] / "test/fixtures/seed.json"
target.write_text(json.dumps(results, indent=2) + "\n")
