"""What the programs are made of; random, seeded."""

import torch
from torch.export import Dim

torch.manual_seed(0)

BATCH, LENGTH = Dim("batch", min=1, max=64), Dim("length", min=2, max=64)
SPECIAL = torch.tensor(
    [0.0, -0.0, 1.0, -1.5, 2.5, -3.5, 1e-6, -1e-6, 80.0, -80.0, float("inf"), float("-inf"), float("nan")]
)
ops = torch.ops.aten


def floats(*shape, dtype=torch.float32):
    return torch.randn(*shape).to(dtype)


def ints(*shape, low=-9, high=10, dtype=torch.int64):
    return torch.randint(low, high, shape).to(dtype)


def bools(*shape):
    return torch.rand(*shape) > 0.4


def nonzero_ints(*shape, dtype=torch.int64):
    values = ints(*shape, dtype=dtype)
    return torch.where(values == 0, torch.full_like(values, 3), values)


def away_from_zero(x):
    return torch.where(x.abs() < 0.1, torch.ones_like(x), x)
