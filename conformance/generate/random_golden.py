"""Writes test/fixtures/random/*.json: what PyTorch's CPU generator gives. Floats as little-endian bytes in base64.

    python conformance/generate/random_golden.py
"""

import base64
import json
from pathlib import Path

import torch
from torch import nn

FOLDER = Path(__file__).parents[2] / "test" / "fixtures" / "random"
SEEDS = [0, 1, 42, 2**32 + 7, -1]
SIZES = [*range(1, 41), 1000]


def packed(tensor: torch.Tensor) -> dict:
    data = tensor.detach().numpy()
    return {"shape": list(data.shape), "base64": base64.b64encode(data.tobytes()).decode()}


def numbers() -> dict:
    """Each list of tensors is drawn one after the other from one seed."""
    seeds = []
    for seed in SEEDS:
        torch.manual_seed(seed)
        seeds.append({"seed": seed, "rand": packed(torch.rand(700)), "randn": packed(torch.randn(50))})
    torch.manual_seed(0)
    sizes = [packed(torch.randn(size)) for size in SIZES]
    torch.manual_seed(3)
    mixed = [torch.randn(3), torch.randn(1), torch.rand(2), torch.randn(20), torch.randn(2), torch.randn(1, dtype=torch.float64)]
    return {"seeds": seeds, "sizes": sizes, "mixed": [packed(tensor) for tensor in mixed]}


MODULES = {
    "Linear(10, 1)": lambda: nn.Linear(10, 1),
    "Linear(7, 5, bias=False)": lambda: nn.Linear(7, 5, bias=False),
    "Conv2d(3, 8, 3)": lambda: nn.Conv2d(3, 8, 3),
    "Conv2d(4, 8, (1, 3), groups=2)": lambda: nn.Conv2d(4, 8, (1, 3), groups=2),
    "Embedding(6, 5)": lambda: nn.Embedding(6, 5),
    "Embedding(4, 5, padding_idx=1)": lambda: nn.Embedding(4, 5, padding_idx=1),
    "BatchNorm2d(3)": lambda: nn.BatchNorm2d(3),
    "LayerNorm([2, 3])": lambda: nn.LayerNorm([2, 3]),
}


def modules() -> list[dict]:
    torch.manual_seed(0)
    made = [(name, make().state_dict()) for name, make in MODULES.items()]
    return [{"name": name, "state": {key: packed(value) for key, value in state.items()}} for name, state in made]


def seed_program() -> dict:
    """A linear layer and ten inputs from one seed, with the results."""
    torch.manual_seed(0)
    model = nn.Linear(10, 1)
    inputs = [torch.randn(1, 10) for _ in range(10)]
    results = [model(x).item() for x in inputs]
    state = {name: packed(value) for name, value in model.state_dict().items()}
    return {"state": state, "inputs": [packed(x) for x in inputs], "outputs": results}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in (("numbers", numbers), ("modules", modules), ("seed-program", seed_program)):
        (FOLDER / f"{name}.json").write_text(json.dumps(make(), indent=1) + "\n")


if __name__ == "__main__":
    main()
