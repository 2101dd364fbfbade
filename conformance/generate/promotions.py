"""Writes test/fixtures/graph/promotions.json: torch.promote_types and torch.result_type, null where PyTorch refuses.

    python conformance/generate/promotions.py
"""

import itertools
import json
from pathlib import Path

import torch

TARGET = Path(__file__).parents[2] / "test" / "fixtures" / "graph" / "promotions.json"
NAMES = (
    "float32 float64 float16 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool complex64 complex128"
).split()
MIXED = ["float32", "float16", "int64", "int8", "bool", "float64"]
NUMBERS = [True, 2, 2.5]


def name_or_none(compute) -> str | None:
    try:
        return str(compute()).removeprefix("torch.")
    except RuntimeError:
        return None


def pair(a: str, b: str) -> list:
    return [a, b, name_or_none(lambda: torch.promote_types(getattr(torch, a), getattr(torch, b)))]


def tensor(name: str, rank: int) -> torch.Tensor:
    return torch.ones([1] * rank, dtype=getattr(torch, name))


def mixed(a: str, rank: int, other) -> list:
    """Operands are [dtype, rank] or a number."""
    second = tensor(*other) if isinstance(other, tuple) else other
    return [[a, rank], other, name_or_none(lambda: torch.result_type(tensor(a, rank), second))]


def main() -> None:
    pairs = [pair(a, b) for a, b in itertools.product(NAMES, NAMES)]
    others = [(b, rank) for b, rank in itertools.product(MIXED, (0, 1))] + NUMBERS
    results = [mixed(a, rank, other) for a, rank, other in itertools.product(MIXED, (0, 1), others)]
    text = json.dumps({"promoteTypes": pairs, "resultType": results}, separators=(",", ":"))
    TARGET.write_text(text.replace("],[[", "],\n[[").replace("],[\"", "],\n[\"") + "\n")


if __name__ == "__main__":
    main()
