"""Cases of branches, loops and scans. Writes data/operators/control_flow.zip.

Usage: python programs_control_flow.py
"""

import warnings

import torch
from torch import nn
from torch._higher_order_ops import scan, while_loop
from torch._higher_order_ops.map import map as mapped
from torch.export import Dim

from case_bundle import DATA, CaseBundle
from program_tools import BATCH, LENGTH, floats, ints
from programs import add

TRUE, FALSE = torch.tensor(True), torch.tensor(False)


class Branches(nn.Module):
    """Branches with weights of their own, one of which both share."""

    def __init__(self):
        super().__init__()
        self.shared, self.one = nn.Linear(4, 5), nn.Linear(5, 3)
        self.other = nn.Parameter(floats(5, 3))

    def forward(self, x):
        yes = lambda x: self.one(self.shared(x).relu())
        no = lambda x: self.shared(x).tanh() @ self.other
        return torch.cond(x.sum() > 0, yes, no, [x])


class Recurrence(nn.Module):
    """A scan with weights, two things carried and two results for every step."""

    def __init__(self, **settings):
        super().__init__()
        self.input, self.hidden, self.settings = nn.Linear(3, 4), nn.Linear(4, 4), settings

    def forward(self, x, h, c):
        def step(carry, x):
            h, c = carry
            c = c * 0.5 + self.input(x)
            h = torch.tanh(self.hidden(h) + c)
            return [h, c], [h * 2, c.sum(-1)]

        return scan(step, [h, c], x, **self.settings)


class Iterated(nn.Module):
    """A loop with weights, which both the condition and the body use."""

    def __init__(self):
        super().__init__()
        self.layer, self.bound = nn.Linear(3, 3), nn.Parameter(torch.tensor(5.0))

    def forward(self, i, x):
        going = lambda i, x: (i < 6) & (x.abs().max() < self.bound)
        return while_loop(going, lambda i, x: (i + 1, self.layer(x) * 2 + self.bound.sin()), (i, x))


def on_size(x):
    return torch.cond(x.shape[0] > 4, lambda x: x.sin() + x.shape[0], lambda x: x.cos() * x.shape[0], [x])


def with_size(x):
    n = x.shape[0]
    return torch.cond(x.sum() > 0, lambda x: (x * n, x + 1), lambda x: (x - 1, x / n), [x])


def of_number(x):
    n = x.sum().int().item()
    return torch.cond(n > 3, lambda x: x.sin(), lambda x: x.cos(), [x])


def integers(x):
    y, n = torch.cond(x.sum() > 0, lambda x: (x + 1, 3), lambda x: (x - 1, 4), [x])
    return y * n


def nested(x):
    def inner(x):
        return torch.cond(x.max() > 1, lambda x: x.cos(), lambda x: x.clone(), [x])

    return torch.cond(x.sum() > 0, lambda x: inner(x * 2) + 1, lambda x: inner(-x).exp(), [x])


def sizes(x, p):
    return torch.cond(p, lambda x: x[:2] * 2, lambda x: x[:3] + 1, [x])


def found(x, p):
    rows = torch.cond(p, lambda x: x[:2] * 2, lambda x: x[1:] + 1, [x])
    return rows.sum(0), rows.relu(), torch.cat([rows, x])


def without_gradients(x):
    def yes(x):
        with torch.no_grad():
            return x.sin()

    with torch.enable_grad():
        y = torch.cond(x.sum() > 0, yes, lambda x: x.cos(), [x])
    with torch.no_grad():
        return torch.cond(y.sum() > 0, lambda y: y * 2, lambda y: y - 1, [y])


def passing(x, y):
    """Branches that give an operand as it is, twice, or in the other order."""
    return torch.cond(x.sum() > y.sum(), lambda x, y: (x.clone(), y + 0, x * 1), lambda x, y: (y + 0, y - 1, x + y), [x, y])


def dtypes(p, a, b, c, d):
    yes = lambda a, b, c, d: (a * 2, ~b, c + 1, d.abs())
    return torch.cond(p, yes, lambda a, b, c, d: (a - 1, b & b, c * c, -d), [a, b, c, d])


def shared_size(x):
    """Sizes are asked for around branches and in them."""
    n = x.shape[0]
    wide = lambda x: x.expand(2, -1, 3).reshape(-1, 3) + x.shape[0]
    y = torch.cond(x.new_ones(n).sum() + x.sum() > 4, wide, lambda x: x.repeat(2, 1) * x.new_ones(2 * x.shape[0], 1), [x])
    return y.reshape(2, n, 3), y, x.new_ones(n)


def counted(i, x):
    return while_loop(lambda i, x: i < 5, lambda i, x: (i + 1, x * 2 + i), (i, x))


def collatz(n, steps):
    def step(n, steps):
        return torch.where(n % 2 == 0, n // 2, 3 * n + 1), steps + 1

    return while_loop(lambda n, steps: n > 1, step, (n, steps))


def newton(x):
    """A loop that ends when it has converged."""
    off = lambda y: (y * y - x).abs().max() > 1e-4
    return while_loop(off, lambda y: ((y + x / y) / 2,), (x.clone(),))


def until_size(i, x):
    n = x.shape[0]
    return while_loop(lambda i, x: i < n, lambda i, x: (i + 1, x * 1.25 + n), (i, x))


def loop_in_loop(i, x):
    def outer(i, x):
        j, y = while_loop(lambda j, y: j < i, lambda j, y: (j + 1, y * 1.5 - 1), (torch.zeros_like(i), x))
        return i + 1, y + j

    return while_loop(lambda i, x: i < 4, outer, (i, x))


def branch_in_loop(i, x):
    def body(i, x):
        return i + 1, torch.cond(x.sum() > i, lambda x: x - 1, lambda x: x * 2 + 1, [x])

    return while_loop(lambda i, x: i < 6, body, (i, x))


def loop_in_branch(p, i, x):
    yes = lambda i, x: while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x + i), (i + 0, x * 1))[1]
    return torch.cond(p, yes, lambda i, x: x * i, [i, x])


def loop_after_loop(i, x):
    i, x = while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * 2), (i, x))
    return while_loop(lambda i, x: i > 1, lambda i, x: (i - 1, x.roll(1, 0)), (i, x))


def scanned(**settings):
    return lambda h, x: scan(lambda h, x: (h * 0.5 + x, h - x), h, x, **settings)


def scanned_pairs(h, k, x, y):
    step = lambda c, x: ((c[0] + x[0], c[1] * x[1]), (c[0].clone(), x[1].sum()))
    return scan(step, (h, k), (x, y), dim=0)


def scanned_dtypes(n, x):
    return scan(lambda n, x: (n + x, n > x), n, x)


def mapped_one(x, y):
    return mapped(lambda x, y: x.sin() + y, x, y)


def mapped_pairs(x, y, z):
    return mapped(lambda xy, z: (xy[0].sin() + z, xy[1].sum()), (x, y), z)


def branch_in_map(x):
    return mapped(lambda x: torch.cond(x.sum() > 0, lambda x: x * 2, lambda x: x - 1, [x]), x)


def counter(value):
    return torch.tensor(value)


X = floats(5, 4)
POSITIVE = floats(4).abs() + 0.5

FIXED = {
    "cond.weights": (Branches(), [(X.abs(),), (-X.abs(),), (X,)]),
    "cond.nested": (nested, [(X.abs(),), (-X.abs(),), (X.abs() / 9,), (-X.abs() / 9,)]),
    "cond.integers": (integers, [(X.abs(),), (-X.abs(),)]),
    "cond.number": (of_number, [(torch.tensor([3.0, 2]),), (torch.tensor([3.0, -2]),)]),
    "cond.sizes": (sizes, [(X, TRUE), (X, FALSE)]),
    "cond.found": (found, [(X, TRUE), (X, FALSE)]),
    "cond.no_grad": (without_gradients, [(X.abs(),), (-X.abs(),), (X,)]),
    "cond.passing": (passing, [(X, X + 1), (X + 1, X)]),
    "cond.dtypes": (
        dtypes,
        [(p, ints(3), floats(3) > 0, floats(3).half(), floats(3, dtype=torch.bfloat16)) for p in (TRUE, FALSE)],
    ),
    "while_loop.weights": (Iterated(), [(counter(i), floats(2, 3) * scale) for i, scale in ((0, 1), (7, 1), (2, 9), (4, 0.1))]),
    "while_loop.counter": (counted, [(counter(i), floats(2, 3)) for i in (0, 4, 5, 9, -3)]),
    "while_loop.collatz": (collatz, [(counter(n), counter(0)) for n in (1, 2, 27, 97)]),
    "while_loop.converges": (newton, [(POSITIVE,), (POSITIVE * 100,), (torch.ones(4),)]),
    "while_loop.nested": (loop_in_loop, [(counter(i), floats(3)) for i in (0, 3, 4)]),
    "while_loop.branch": (branch_in_loop, [(counter(i), floats(3)) for i in (0, 3, 7)]),
    "while_loop.twice": (loop_after_loop, [(counter(i), floats(3, 2)) for i in (-1, 0, 3)]),
    "cond.loop": (loop_in_branch, [(p, counter(i), floats(3)) for p in (TRUE, FALSE) for i in (0, 5)]),
    "scan.forward": (scanned(), [(floats(3), floats(4, 3)) for _ in range(2)]),
    "scan.reverse": (scanned(reverse=True), [(floats(3), floats(4, 3))]),
    "scan.dim": (scanned(dim=1), [(floats(3), floats(3, 4))]),
    "scan.dim.reverse": (scanned(dim=-1, reverse=True), [(floats(3), floats(3, 4))]),
    "scan.once": (scanned(), [(floats(3), floats(1, 3))]),
    "scan.pairs": (scanned_pairs, [(floats(3), floats(2), floats(4, 3), floats(4, 2))]),
    "scan.dtypes": (scanned_dtypes, [(ints(3), ints(5, 3))]),
    "scan.recurrence": (Recurrence(dim=1), [(floats(2, 5, 3), floats(2, 4), floats(2, 4))]),
    "map.one": (mapped_one, [(floats(4, 3), floats(3))]),
    "map.pairs": (mapped_pairs, [(floats(4, 3), floats(4, 2), floats(3))]),
    "map.branch": (branch_in_map, [(floats(6, 3),)]),
}

ANY = Dim.DYNAMIC


def sized(make, *sizes):
    return [make(*size) if isinstance(size, tuple) else make(size) for size in sizes]


SYMBOLIC = {
    "cond.weights": (Branches(), sized(lambda n: (floats(n, 4),), 5, 2, 1, 8), ({0: BATCH},)),
    "cond.on_size": (on_size, sized(lambda n: (floats(n, 3),), 5, 2, 4, 9), ({0: ANY},)),
    "cond.with_size": (with_size, sized(lambda n: (floats(n, 3),), 5, 2, 4, 9, 3, 7), ({0: ANY},)),
    "cond.sizes": (
        sizes,
        [(floats(n, 3), p) for n in (5, 3, 9) for p in (TRUE, FALSE)],
        ({0: Dim("rows", min=3, max=64)}, None),
    ),
    "cond.shared_size": (shared_size, sized(lambda n: (floats(n, 3),), 5, 2, 4, 9, 3, 7), ({0: ANY},)),
    "while_loop.counter": (
        counted,
        [(counter(i), floats(n, 3)) for i, n in ((0, 2), (3, 5), (5, 1), (8, 4))],
        (None, {0: BATCH}),
    ),
    "while_loop.until_size": (
        until_size,
        [(counter(i), floats(n, 3)) for i, n in ((0, 3), (3, 5), (5, 2), (8, 9))],
        (None, {0: ANY}),
    ),
    "scan.length": (
        scanned(),
        sized(lambda k, n: (floats(k), floats(n, k)), (3, 4), (2, 9), (5, 2)),
        ({0: LENGTH}, {0: Dim("steps", min=2, max=64), 1: LENGTH}),
    ),
    "scan.recurrence": (
        Recurrence(dim=1, reverse=True),
        sized(lambda b, n: (floats(b, n, 3), floats(b, 4), floats(b, 4)), (2, 5), (1, 3), (4, 8)),
        ({0: BATCH, 1: LENGTH}, {0: BATCH}, {0: BATCH}),
    ),
    "map.pairs": (
        mapped_pairs,
        sized(lambda n, k: (floats(n, k), floats(n, 2), floats(k)), (4, 3), (2, 5), (7, 2)),
        ({0: BATCH, 1: LENGTH}, {0: BATCH}, {0: LENGTH}),
    ),
}


def main() -> None:
    bundle = CaseBundle()
    for name, (function, samples) in FIXED.items():
        add(bundle, f"fixed.{name}", function, samples, decomposed=True)
    for name, (function, samples, dynamic) in SYMBOLIC.items():
        add(bundle, f"symbolic.{name}", function, samples, dynamic, decomposed=True)
    bundle.write(DATA / "operators" / "control_flow.zip")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    main()
