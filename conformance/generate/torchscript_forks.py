"""Modules that fork what PyTorch may run at the same time, and wait for it."""

from collections.abc import Callable
from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor, nn
from torch.jit import Future

from torchscript_programs import Case, rows


def scaled(x: Tensor, by: int) -> Tensor:
    return x * by + 1


def product(x: Tensor) -> Tensor:
    """Forks while it is forked."""
    a = torch.jit.fork(scaled, x, 2)
    b = torch.jit.fork(scaled, x, by=3)
    return torch.jit.wait(a) * torch.jit.wait(b)


def rectified(x: Tensor) -> Tuple[Tensor, int]:
    return x.relu(), x.size(0)


def changed(x: Tensor) -> Tensor:
    x.add_(1)
    return x * 2


class ForkedLists(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        futures: List[Future[Tensor]] = []
        for i in range(3):
            futures.append(torch.jit.fork(scaled, x, i))
        results: List[Tensor] = []
        for future in futures:
            results.append(torch.jit.wait(future))
        layers = [torch.jit.fork(layer, x) for layer in self.layers]
        return torch.stack(results).sum(0), torch.cat([each.wait() for each in layers], 1)


class ForkedMethods(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.lstm = nn.Linear(4, 4), nn.LSTM(4, 3)

    @torch.jit.export
    def twice(self, x: Tensor, more: Optional[Tensor] = None) -> Tensor:
        y = self.linear(self.linear(x))
        return y if more is None else y + more

    def forward(self, x: Tensor) -> Dict[str, Tensor]:
        futures = {"twice": torch.jit.fork(self.twice, x, more=x), "product": torch.jit.fork(product, x)}
        sequence = torch.jit.fork(self.lstm, x.unsqueeze(1))
        results = {name: torch.jit.wait(future) for name, future in futures.items()}
        results["sequence"] = torch.jit.wait(sequence)[0]
        return results


class ForkedBranches(nn.Module):
    """Of branches that data decide, each waits for one of its own, and one for what was forked before it."""

    def forward(self, x: Tensor, flag: bool) -> Tuple[Tensor, Tensor]:
        before = torch.jit.fork(scaled, x, 4)
        chosen: Optional[Future[Tensor]] = None
        if flag:
            chosen = torch.jit.fork(product, x)
        if bool(x.sum() > 0):
            future = torch.jit.fork(scaled, x, 1)
            y = torch.jit.wait(before)
        else:
            future = torch.jit.fork(product, x)
            y = torch.jit.wait(torch.jit.fork(scaled, x, 2))
        z = torch.jit.wait(future)
        return y, z if chosen is None else z + torch.jit.wait(chosen)


class ForkedRounds(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x
        while bool(y.sum() < 100):
            y = torch.jit.wait(torch.jit.fork(scaled, y, 2)).abs() + 1
        return y


class ForkedChanges(nn.Module):
    """Waits twice, and for what changes a tensor."""

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        future = torch.jit.fork(rectified, x)
        first, rows = torch.jit.wait(future)
        second, _ = torch.jit.wait(future)
        y = x.clone()
        return first * rows + second, torch.jit.wait(torch.jit.fork(changed, y)) + y


class Awaited(nn.Module):
    """Which PyTorch runs when it is waited for."""

    def forward(self, x: Tensor) -> Tensor:
        later = torch.jit._awaitable(product, x)
        return torch.jit._awaitable_wait(later) + torch.jit._awaitable_wait(torch.jit._awaitable_nowait(x))


def branches(flag: bool) -> Case:
    case = rows(4, sizes=(1, 2, 3, 4))(ForkedBranches)
    return case._replace(runs=[(x, flag) for (x,) in case.runs], arguments={"flag": flag})


FORKS: Dict[str, Callable[[], Case]] = {
    "forked_lists": lambda: rows(4)(ForkedLists),
    "forked_methods": lambda: rows(4)(ForkedMethods),
    "forked_branches.none": lambda: branches(False),
    "forked_branches.chosen": lambda: branches(True),
    "forked_rounds": lambda: rows(4)(ForkedRounds),
    "forked_changes": lambda: rows(4)(ForkedChanges),
    "awaited": lambda: rows(4)(Awaited),
}
