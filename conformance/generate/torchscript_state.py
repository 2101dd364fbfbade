"""Modules that keep state in their attributes, each run several times: every call takes what the call before left."""

from collections.abc import Callable, Sequence
from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor, nn

from torchscript_programs import Case, floats


class MovingMean(nn.Module):
    """A tensor that is replaced and a count."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(4))
        self.count = 0

    def forward(self, x):
        self.mean = self.mean * 0.9 + x.mean(0) * 0.1
        self.count += 1
        return x - self.mean * self.count


class RowsSeen(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = 0
        self.scale = 1.0

    def forward(self, x):
        self.seen += x.size(0)
        self.scale *= 0.5
        return x * self.seen + self.scale


class Hidden(nn.Module):
    """None before the first call."""

    hidden: Optional[Tensor]

    def __init__(self):
        super().__init__()
        self.hidden = None
        self.cell = nn.GRUCell(4, 3)

    def forward(self, x):
        hidden = self.hidden
        if hidden is None:
            hidden = torch.zeros(x.size(0), 3)
        hidden = self.cell(x, hidden)
        self.hidden = hidden
        return hidden


class LstmState(nn.Module):
    """A tuple of tensors, as streaming recognisers keep it."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(4, 3)
        self.state = (torch.zeros(2, 3), torch.zeros(2, 3))

    def forward(self, x):
        h, c = self.cell(x, self.state)
        self.state = (h, c)
        return h


class ChangedBuffers(nn.Module):
    """Buffers that change in place."""

    def __init__(self):
        super().__init__()
        self.register_buffer("total", torch.zeros(4))
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def forward(self, x):
        self.total.add_(x.mean(0))
        self.calls += 1
        return x - self.total, self.calls


class Ring(nn.Module):
    """The last rows, in a buffer that is written at a place that moves."""

    def __init__(self):
        super().__init__()
        self.register_buffer("rows", torch.zeros(3, 4))
        self.place = 0

    def forward(self, x):
        self.rows[self.place] = x.mean(0)
        self.place = (self.place + 1) % 3
        return self.rows.clone()


class Window(nn.Module):
    """A convolution over what comes in pieces."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 2, 3)
        self.register_buffer("rest", torch.zeros(1, 1, 2))

    def forward(self, x):
        y = torch.cat([self.rest, x.view(1, 1, -1)], 2)
        self.rest = y[:, :, -2:]
        return self.conv(y)


class History(nn.Module):
    def __init__(self):
        super().__init__()
        self.history: List[Tensor] = [torch.zeros(4), torch.zeros(4)]

    def forward(self, x):
        self.history = [self.history[1], x.mean(0)]
        return x - self.history[0]


class Moved(nn.Module):
    """A list that changes itself."""

    def __init__(self):
        super().__init__()
        self.rows: List[Tensor] = [torch.zeros(4), torch.ones(4)]

    def forward(self, x):
        first = self.rows.pop(0)
        self.rows.append(x.mean(0))
        return x + first


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts: Dict[str, Tensor] = {"a": torch.zeros(4), "b": torch.ones(4)}

    def forward(self, x):
        y = x - self.parts["a"] * self.parts["b"]
        self.parts["b"] = self.parts["a"]
        self.parts["a"] = x.mean(0)
        return y


class Settings(nn.Module):
    """What is the same after every call is none of the state."""

    def __init__(self):
        super().__init__()
        self.sizes = torch.jit.Attribute([], List[int])
        self.shape = (0, 0)
        self.mode = "none"

    def forward(self, x):
        if len(self.sizes) != 2:
            self.sizes = [2, 2]
        self.shape = (self.sizes[0], self.sizes[1])
        self.mode = "ready"
        return x.view(-1, self.shape[0], self.shape[1]) * len(self.mode)


class Best(nn.Module):
    """Data decide whether it changes."""

    def __init__(self):
        super().__init__()
        self.register_buffer("best", torch.full((4,), -0.5))
        self.changes = 0

    def forward(self, x):
        mean = x.mean(0)
        if bool(mean.sum() > self.best.sum()):
            self.best = mean
            self.changes += 1
        return self.best * self.changes


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.register_buffer("last", torch.zeros(4))

    def forward(self, x):
        y = self.linear(x) + self.last
        self.last = y.mean(0)
        return y


class StateOfLayers(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Layer(), Layer()])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class SameNames(nn.Module):
    """State of the names of an input and of an output."""

    def __init__(self):
        super().__init__()
        self.x = torch.zeros(4)
        self.y = torch.zeros(4)

    def forward(self, x) -> Dict[str, Tensor]:
        result = {"y": x + self.x, "z": x * self.y}
        self.x = x.mean(0)
        self.y = x.amax(0)
        return result


class SameMemory(nn.Module):
    """Two attributes that are one tensor, of which one changes in place."""

    def __init__(self):
        super().__init__()
        self.a = torch.zeros(4)
        self.b = torch.zeros(4)

    def forward(self, x):
        self.a.add_(1)
        y = x + self.a + self.b
        z = x.mean(0)
        self.a = z
        self.b = z
        return y


class ViewOfBuffer(nn.Module):
    """A buffer that changes through what the call before kept of it."""

    part: Optional[Tensor]

    def __init__(self):
        super().__init__()
        self.register_buffer("base", torch.zeros(4))
        self.part = None

    def forward(self, x):
        part = self.part
        if part is not None:
            part.add_(1)
        self.part = self.base[:2]
        return x + self.base


class SeenThroughView(nn.Module):
    """A buffer that changes, and is seen through what the call before kept of it."""

    part: Optional[Tensor]

    def __init__(self):
        super().__init__()
        self.register_buffer("base", torch.zeros(4))
        self.part = None

    def forward(self, x):
        part = self.part
        if part is None:
            part = self.base[:2]
            self.part = part
        else:
            self.base.add_(1)
        return x[:, :2] + part


class Table(nn.Module):
    """What the first call makes of weights alone is none of the state."""

    table: Optional[Tensor]

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 4))
        self.table = None
        self.named = torch.jit.Attribute({}, Dict[str, Tensor])

    def forward(self, x):
        if self.table is None:
            table = torch.zeros(4, 4)
            table[1:] = self.weight[:3].cumsum(0)
            self.table = table
        if "scale" not in self.named:
            self.named["scale"] = self.weight.exp()[:, :1]
        table = self.table
        assert table is not None
        return x @ table @ self.named["scale"]


class Powers(nn.Module):
    """What every call makes of weights and of what it made before."""

    def __init__(self):
        super().__init__()
        self.register_buffer("power", torch.full((4,), 2.0))

    def forward(self, x):
        self.power = self.power * 2
        return x * self.power


class Growing(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = torch.jit.Attribute([], List[Tensor])

    def forward(self, x):
        self.rows.append(x.mean(0))
        return torch.stack(self.rows).sum(0)


def calls(module: Callable, names: str, sizes: Sequence[int] = (2, 3, 1, 2)) -> Callable:
    inputs = [["x", "float32", ["batch", 4]]]
    return lambda: Case(module, inputs, [(floats(n, 4),) for n in sizes], state=names.split())


STATEFUL: Dict[str, Callable[[], Case]] = {
    "state.moving_mean": calls(MovingMean, "mean count"),
    "state.rows_seen": calls(RowsSeen, "seen scale"),
    "state.hidden": calls(Hidden, "hidden", (2, 2, 2)),
    "state.lstm": calls(LstmState, "state", (2, 2, 2)),
    "state.changed_buffers": calls(ChangedBuffers, "total calls"),
    "state.ring": calls(Ring, "rows place"),
    "state.window": calls(Window, "rest", (2, 2, 3)),
    "state.history": calls(History, "history"),
    "state.moved": calls(Moved, "rows"),
    "state.named": calls(Named, "parts"),
    "state.settings": calls(Settings, ""),
    "state.best": calls(Best, "best changes"),
    "state.layers": calls(StateOfLayers, "layers.0.last layers.1.last"),
    "state.same_names": calls(SameNames, "x y"),
    "state.same_memory": calls(SameMemory, "a b"),
    "state.view_of_buffer": calls(ViewOfBuffer, "base part"),
    "state.seen_through_view": calls(SeenThroughView, "base part"),
    "state.table": calls(Table, ""),
    "state.powers": calls(Powers, "power"),
    "state.growing": calls(Growing, "rows", (2, 2)),
}
