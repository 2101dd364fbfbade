"""Writes conformance/data/torchscript/changes.zip: programs in TorchScript whose branches and loops data decide, and
which change tensors in place there, with what PyTorch computed.

    python conformance/generate/torchscript_changes.py
"""

import warnings

import torch
from case_bundle import DATA
from torch import Tensor, nn
from torchscript_language import Case, write

TARGET = DATA / "torchscript" / "changes.zip"
INPUTS = {"inputs": [{"name": "x", "dtype": "float32", "shape": ["n", 4]}]}


class ChangedInLoop(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        total = torch.zeros(4)
        rounds = 0
        while bool(total.sum() < 5.0):
            total.add_(x.abs().sum(0) + 0.1)
            rounds += 1
        return total + rounds


class KnownBeforeLoop(nn.Module):
    """What is known of a tensor before a loop is not so in its second round."""

    def forward(self, x: Tensor) -> Tensor:
        step = torch.tensor([1, 2])
        rounds = 0
        size = x.abs().sum()
        while bool(size < 100):
            rounds += int(step[0].item())
            step.add_(1)
            size = size * 2
        return step + rounds


class ChangedInBranch(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        total = torch.zeros(4)
        if bool(x.sum() > 0):
            total.add_(x.sum(0))
        else:
            total.sub_(1.0)
        return total


class ViewChangedInBranch(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        table = torch.zeros(3, 4)
        row = table[1]
        if bool(x.sum() > 0):
            row.add_(x.sum(0))
        return table


class OverwrittenInBranch(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        table = torch.zeros_like(x)
        if bool(x.sum() > 0):
            table.copy_(x)
        else:
            table[:, 1:3].fill_(5)
        return table


class InputChangedInBranch(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x.clone()
        if bool(y.sum() > 0):
            y.add_(1)
        return y * 2


class InPlaceActivation(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x * 2
        if bool(x.sum() > 0):
            y = nn.functional.relu(y, inplace=True)
        else:
            y.neg_()
        return y


class Accumulated(nn.Module):
    """Two names of one tensor that a loop adds to."""

    def forward(self, x: Tensor):
        total = torch.zeros(4)
        other = total
        for i in range(int((x > 0).sum())):
            total += x[i % x.shape[0]]
        return total, other


class RowsAccumulated(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        table = torch.zeros(3, 4)
        for i in range(int((x > 0).sum())):
            table[i % 3] += x[i % x.shape[0]]
        return table


class BranchInLoop(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        table = torch.zeros(3, 4)
        count = int((x > 0).sum())
        i = 0
        while i < count:
            if bool(table.sum() < 2):
                table[0] += x[0].abs()
            else:
                table.mul_(0.5)
            i += 1
        return table


class LoopInLoop(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        total = torch.zeros(4)
        for i in range(int((x > 0).sum())):
            j = 0
            while j < i:
                if bool(total.sum() < 3.0):
                    total = total + x[i % x.shape[0]]
                else:
                    total = total * 0.5
                j += 1
        return total


class Reshaped(nn.Module):
    """What such operators do to a tensor is seen by every name of it."""

    def forward(self, x: Tensor):
        y = x * 1
        other = y
        y.unsqueeze_(0)
        count = torch.full([other.size(0), other.dim()], 1.0)
        y.add_(1)
        other.transpose_(0, 1)
        return y, count, other * y.dim()


class EarlyExit(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        for _ in range(10):
            x = x * 0.7
            if bool(x.abs().max() < 0.3):
                break
            if bool(x.sum() > 100):
                continue
            x = x + 0.01
        return x


class Growing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x[:1]
        while y.shape[0] < int((x > 0).sum()):
            y = torch.cat([y, y[-1:] * 0.5])
        return y


class SizesOfBranches(nn.Module):
    def forward(self, x: Tensor):
        if bool(x.sum() > 0):
            y = x[:2]
        else:
            y = x
        return y * 2, torch.full([y.shape[0]], 1.0)


class ImageScale(nn.Module):
    """A scale that tensors of sizes give, as detection models have it."""

    def forward(self, x: Tensor) -> Tensor:
        sizes = torch.tensor(x.shape[-2:])
        least = torch.min(sizes).to(torch.float32)
        most = torch.max(sizes).to(torch.float32)
        scale = torch.min(20.0 / least, 31.0 / most).item()
        y = nn.functional.interpolate(
            x[None, None], scale_factor=scale, mode="bilinear", recompute_scale_factor=True, align_corners=False
        )
        return y[0]


MODULES = [
    ChangedInLoop,
    KnownBeforeLoop,
    ChangedInBranch,
    ViewChangedInBranch,
    OverwrittenInBranch,
    InputChangedInBranch,
    InPlaceActivation,
    Accumulated,
    RowsAccumulated,
    BranchInLoop,
    LoopInLoop,
    Reshaped,
    EarlyExit,
    Growing,
    SizesOfBranches,
]


def randn(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def main() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    runs = [(randn(1, 3, 4),), (-randn(1, 3, 4),), (randn(2, 5, 4),)]
    cases = [Case(module.__name__, module().eval(), runs, False, INPUTS) for module in MODULES]
    fixed = {"inputs": [{"name": "x", "dtype": "float32", "shape": [13, 17]}]}
    cases.append(Case("ImageScale", ImageScale().eval(), [(randn(1, 13, 17),)], False, fixed))
    write(TARGET, cases)


if __name__ == "__main__":
    main()
