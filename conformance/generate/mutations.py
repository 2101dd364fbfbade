"""Writes test/fixtures/graph/mutations.json: programs that change tensors in place through views, with PyTorch's results.

    python conformance/generate/mutations.py

Each program is exported by torch.export and run by PyTorch; the graph is in the text form of graph_text.py.
"""

import json
import random
import warnings
from pathlib import Path

import torch
from graph_text import graph_text

TARGET = Path(__file__).parents[2] / "test" / "fixtures" / "graph" / "mutations.json"
RANDOM_PROGRAMS = 48
SHORTEST_GRAPH = 16
LIVE_TENSORS = 10


def residual(x, y):
    out = torch.relu(x)
    early = out
    out += x
    return torch.relu_(out), early


def window(x, y):
    z = torch.zeros_like(x)
    z[0] = 1
    z[:, 1:3] += x[:, 1:3]
    return z


def flattened(x, y):
    base = x * 1
    base.transpose(0, 1).reshape(-1).add_(100)  # a copy: `base` stays
    base.reshape(-1).mul_(2)  # a view
    return base


def halves(x, y):
    z = x.clone()
    a, b = z.chunk(2, dim=2)
    a.neg_()
    b.copy_(a)
    return z, a, b


def metadata(x, y):
    z = y.clone()
    flat = z.view(-1)
    same = z.contiguous()
    z.unsqueeze_(0)
    flat[1] = 7
    return z, flat, same.sum()


def caller(x, y):
    x.mul_(3)
    return x + 1


def narrower(x, y):
    z = (x * 10).to(torch.int32)
    z.floor_divide_(y[0, 1].to(torch.int64) + 2)
    z.eq_(2)
    return z


HAND_WRITTEN = [residual, window, flattened, halves, metadata, caller, narrower]

VIEWS = [
    lambda t, a, b, v: t.select(a, int(v * t.shape[a])),
    lambda t, a, b, v: t.narrow(a, 0, 1),
    lambda t, a, b, v: t[(slice(None),) * a + (slice(int(v * t.shape[a]), None),)],
    lambda t, a, b, v: t[(slice(None),) * a + (slice(0, None, 2),)],
    lambda t, a, b, v: t.reshape(-1),
    lambda t, a, b, v: t.flatten(min(a, b), max(a, b)),
    lambda t, a, b, v: t.transpose(a, b),
    lambda t, a, b, v: t.permute(random.Random(v).sample(range(t.dim()), t.dim())),
    lambda t, a, b, v: t.unsqueeze(a),
    lambda t, a, b, v: t.squeeze(),
    lambda t, a, b, v: t.unflatten(a, (2, -1)),
    lambda t, a, b, v: t.diagonal(0, a, b),
    lambda t, a, b, v: t.chunk(2, a)[-1],
    lambda t, a, b, v: t.unbind(a)[0],
    lambda t, a, b, v: t.contiguous(),
    lambda t, a, b, v: t.detach(),
    lambda t, a, b, v: torch.nn.functional.dropout(t, 0.5, False),
    lambda t, a, b, v: t.to(torch.float32),
    lambda t, a, b, v: t * 2,
]

WRITES = [
    lambda t, a, other: t.add_(1),
    lambda t, a, other: t.add_(other.sum()),
    lambda t, a, other: t.mul_(2),
    lambda t, a, other: t.zero_(),
    lambda t, a, other: t.fill_(3),
    lambda t, a, other: t.copy_(other.sum()),
    lambda t, a, other: t.copy_(torch.flip(t, [a])),
    lambda t, a, other: torch.relu_(t),
    lambda t, a, other: t.masked_fill_(t > 2, -1.0),
]


def random_program(seed: int):
    """A program of views and writes; what it does depends on the seed and on shapes alone."""
    draws = [[random.Random(f"{seed} {i} {j}").random() for j in range(6)] for i in range(4 + seed % 8)]

    def program(x, y):
        tensors = [x, y, x + 1]
        for kind, which, first, second, value, other in draws:
            tensor = tensors[int(which * len(tensors))]
            a, b = int(first * tensor.dim()), int(second * tensor.dim())
            rules = VIEWS if kind < 0.6 else WRITES
            rule = rules[int(value * 97) % len(rules)]
            if kind < 0.6:
                tensors = [*tensors, rule(tensor, a, b, second)][-LIVE_TENSORS:]
            else:
                rule(tensor, a, tensors[int(other * len(tensors))])
        return tuple(tensors)

    return program


class Wrapped(torch.nn.Module):
    def __init__(self, program):
        super().__init__()
        self.program = program

    def forward(self, x, y):
        return self.program(x, y)


def inputs():
    return torch.arange(24.0).reshape(2, 3, 4) - 5, torch.arange(6.0).reshape(3, 2)


def array(tensor) -> dict:
    return {"shape": list(tensor.shape), "data": tensor.reshape(-1).tolist()}


def case(name: str, program) -> dict:
    results = program(*inputs())
    exported = torch.export.export(Wrapped(program), inputs())
    graph = graph_text(exported)
    constants = {name: array(value) for name, value in exported.constants.items()}
    results = results if isinstance(results, tuple) else (results,)
    return {"name": name, "graph": graph, "constants": constants, "outputs": [array(result) for result in results]}


def random_cases():
    """The first programs of some length that PyTorch accepts: views of fitting shapes."""
    for seed in range(10_000):
        try:
            found = case(f"random {seed}", random_program(seed))
        except (RuntimeError, IndexError, ValueError):
            continue
        if found["graph"].count("\n") >= SHORTEST_GRAPH:
            yield found


def main() -> None:
    warnings.filterwarnings("ignore")
    cases = [case(program.__name__, program) for program in HAND_WRITTEN]
    cases += [found for found, _ in zip(random_cases(), range(RANDOM_PROGRAMS))]
    document = {"inputs": [array(tensor) for tensor in inputs()], "cases": cases}
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(document, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main()
