"""Writes test/fixtures/onnx: one network as ONNX files that PyTorch exported, and what PyTorch computes with it.

    python conformance/generate/onnx_fixtures.py

Needs torch 2.13 and onnx.
"""

import base64
import json
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

FOLDER = Path(__file__).parents[2] / "test" / "fixtures" / "onnx"


def packed(tensor):
    return {"shape": list(tensor.shape), "base64": base64.b64encode(tensor.detach().numpy().tobytes()).decode()}


def main():
    warnings.filterwarnings("ignore")
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(13)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(27, 4)).eval()
    x = torch.randn(2, 1, 5, 5)
    names = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "batch"}, "y": {0: "batch"}}}
    torch.onnx.export(model, (x,), FOLDER / "cnn.onnx", dynamo=False, keep_initializers_as_inputs=True, **names)
    proto = onnx.load(FOLDER / "cnn.onnx")
    options = {"save_as_external_data": True, "location": "cnn.weights", "size_threshold": 0}
    (FOLDER / "cnn.weights").unlink(missing_ok=True)
    onnx.save(proto, FOLDER / "cnn-external.onnx", **options)
    golden = {"input": packed(x), "output": packed(model(x))}
    (FOLDER / "cnn.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
