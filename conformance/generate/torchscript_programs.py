"""Modules that exercise the language that TorchScript prints, each with inputs at the sizes that it leaves open."""

import math
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Dict, Final, List, NamedTuple, Optional, Tuple, Union

import torch
from torch import Tensor, nn
from torch.nn import functional as F

class Case(NamedTuple):
    module: Callable[[], nn.Module]
    inputs: Sequence
    runs: Sequence[tuple]
    arguments: dict = {}
    # Attributes that every call reads and sets; the runs follow each other.
    state: Sequence[str] = ()
    # The method that is run.
    method: str = "forward"


def floats(*shape: int) -> Tensor:
    return torch.randn(shape)


def rows(*shape, sizes=(2, 3, 1)) -> Callable:
    """One float tensor `x` of any number of rows."""
    return lambda module: Case(module, [["x", "float32", ["batch", *shape]]], [(floats(n, *shape),) for n in sizes])


def fixed(*shape, count=3) -> Callable:
    """One float tensor `x` of a shape that is told, with several values."""
    return lambda module: Case(module, [["x", "float32", list(shape)]], [(floats(*shape),) for _ in range(count)])


class TensorIf(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            y = x * 2
            k = 3
        else:
            y = x - 1
            k = 5
        return y + k


class NestedTensorIf(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            if x.max() > 1:
                y = x * 2
            else:
                y = x.relu()
        elif x.min() < -1:
            y = x - x.mean()
        else:
            y = x
        return y


class EarlyReturn(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x * 2
        y = x + 1
        if y.sum() > 0:
            return y.relu()
        return y.neg()


class SizeIf(nn.Module):
    def forward(self, x):
        if x.size(0) > 2:
            return x.sum(0)
        return x.mean(0)


class TensorWhile(nn.Module):
    def forward(self, x):
        n = 0
        while x.abs().sum() < 100:
            x = x * 2
            n += 1
        return x, torch.tensor(n)


class WhileBreak(nn.Module):
    def forward(self, x):
        total = torch.zeros(3)
        i = 0
        while True:
            if i >= x.size(0):
                break
            row = x[i]
            i += 1
            if row.sum() < 0:
                continue
            total = total + row
            if total.sum() > 3:
                break
        return total


class ForRows(nn.Module):
    def forward(self, x):
        h = torch.zeros(3)
        for i in range(x.size(0)):
            h = torch.tanh(h + x[i])
        return h


class ForRowsList(nn.Module):
    def forward(self, x):
        out: List[Tensor] = []
        for i in range(x.size(1)):
            out.append(x[:, i].cumsum(0))
        return torch.stack(out, 1), torch.cat(out)


class ForOverTensor(nn.Module):
    def forward(self, x):
        total = torch.zeros(3)
        for row in x:
            total = total * 0.5 + row
        return total


class ConstantLoops(nn.Module):
    def forward(self, x):
        for i in range(4):
            if i == 2:
                continue
            x = x + i
            for j in range(i):
                if j > 1:
                    break
                x = x * (j + 1)
        for k, scale in enumerate([0.5, 2.0, 3.0]):
            x = x * scale + k
        for a, b in zip([1, 2], [3.0, 4.0]):
            x = x + a * b
        for q in range(10, 0, -3):
            x = x - q
        return x


class Lists(nn.Module):
    def forward(self, x):
        items = [x, x + 1]
        items.append(x * 2)
        items.insert(0, x - 3)
        items.extend([x.abs()])
        last = items.pop()
        first = items.pop(0)
        items[0] = items[0] * 10
        items.reverse()
        sizes = [3, 1, 2]
        sizes.sort()
        more = sizes + [5]
        sizes2 = sizes.copy()
        sizes2.remove(1)
        del more[0]
        part = more[1:]
        back = more[-1]
        doubled = [s * 2 for s in more]
        return torch.cat(items, 1) + sum(doubled) + back + part[0] + len(items) + sizes.index(2) + sizes2[0], last, first


class Dicts(nn.Module):
    def forward(self, x):
        d: Dict[str, Tensor] = {"a": x}
        d["b"] = x * 2
        d["c"] = d["a"] + d["b"]
        total = torch.zeros_like(x)
        for key, value in d.items():
            if key != "b":
                total = total + value
        for value in d.values():
            total = total - value * 0.5
        if "z" not in d and "a" in d:
            total = total + 1
        removed = d.pop("a")
        d.update({"e": x.exp()})
        n: Dict[int, float] = {1: 2.5, 2: 3.5}
        return total + n[1] + n.get(2, 0.0) + n.setdefault(7, 1.25) + len(d), removed, d


class Tuples(nn.Module):
    def split(self, x) -> Tuple[Tensor, Tuple[Tensor, int]]:
        return x[:, :2], (x[:, 2:], 4)

    def forward(self, x):
        a, (b, k) = self.split(x)
        pair = (a, b, k)
        c = pair[0] * pair[2]
        (d, e), f = (a + 1, b + 2), c
        a, b = b, a
        return (a, b), f, d, (e, {"k": c})


class Box(NamedTuple):
    low: Tensor
    high: Tensor
    count: int = 2


class NamedTuples(nn.Module):
    def make(self, x) -> Box:
        return Box(x.amin(1), x.amax(1), count=3)

    def forward(self, x):
        box = self.make(x)
        low, high, count = box
        return Box(box.high - box.low, low * count, 1), high + box.count + box[2]


class Optionals(nn.Module):
    bias: Optional[Tensor]

    def __init__(self):
        super().__init__()
        self.bias = None
        self.scale: Optional[float] = 2.0

    def add(self, x, y: Optional[Tensor] = None, k: Optional[int] = None):
        if y is not None:
            x = x + y
        if k is None:
            k = 3
        return x * k

    def forward(self, x, mask: Optional[Tensor] = None):
        if mask is None:
            mask = torch.ones_like(x)
        y = self.add(x * mask)
        z = self.add(x, mask, 2)
        scale = self.scale
        if scale is not None:
            y = y * scale
        bias = self.bias
        if bias is not None:
            y = y + bias
        assert scale is not None
        return y, z


class OptionalChosen(nn.Module):
    """An optional tensor that data decide."""

    def forward(self, x):
        best: Optional[Tensor] = None
        for i in range(3):
            if best is None:
                best = x[:, i]
            else:
                best = torch.maximum(best, x[:, i])
        assert best is not None
        return best


class Strings(nn.Module):
    def __init__(self, mode: str):
        super().__init__()
        self.mode = mode

    def forward(self, x):
        name = "k_" + self.mode.upper() + f"{1 + 1}:{2.5}" 
        parts = "a,b,c".split(",")
        if name.startswith("k_L") and "LIN" in name and self.mode in ["linear", "cubic"]:
            x = x * 2
        elif self.mode == "cubic":
            x = x * 3
        joined = "-".join(parts).replace("-", "")
        return x + len(joined) + len(name) + name.find("2") + int("7") + float("0.5") + ord("a") + len(parts[0].strip())


class Color(Enum):
    RED = 1
    BLUE = 2


class Enums(nn.Module):
    def __init__(self, color: Color):
        super().__init__()
        self.color = color

    def scale(self, color: Color) -> int:
        if color == Color.RED:
            return 10
        elif color == Color.BLUE:
            return 20
        return 30

    def forward(self, x):
        other = Color.RED
        return x * self.scale(self.color) + self.scale(other) + self.color.value + len(self.color.name)


class EnumIdentity(Enums):
    """Which of two equal members are one and the same differs from file to file."""

    def scale(self, color: Color) -> int:
        return 20 if color is Color.BLUE else 30


class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.named = nn.ModuleDict({"up": nn.Linear(4, 6), "down": nn.Linear(6, 4)})
        self.heads = nn.ModuleList([nn.Sequential(nn.Linear(4, 2), nn.ReLU()), nn.Sequential(nn.Linear(4, 3), nn.Tanh())])

    def forward(self, x):
        outputs: List[Tensor] = []
        for i, layer in enumerate(self.layers):
            x = layer(x) + i
            outputs.append(x)
        for name, layer in self.named.items():
            x = layer(x)
            if name == "up":
                x = F.relu(x)
        heads = [head(x) for head in self.heads]
        return torch.cat(heads, -1), self.layers[1](x), outputs[-1]


def pre_hook(self, inputs: Tuple[Tensor]) -> Tuple[Tensor]:
    return (inputs[0] * 2,)


def hook(self, inputs: Tuple[Tensor], result: Tensor) -> Tensor:
    return result + inputs[0][:, :3]


class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 3)
        self.inner.register_forward_pre_hook(pre_hook)
        self.inner.register_forward_hook(hook)

    def forward(self, x):
        return self.inner(x)


def root_pre_hook(self, inputs: Tuple[Tensor]) -> Tuple[Tensor]:
    return (inputs[0] * 2,)


def looking_pre_hook(self, inputs: Tuple[Tensor]) -> None:
    pass


def root_hook(self, inputs: Tuple[Tensor], result: Tensor) -> Tensor:
    return result * 3 + inputs[0]


def looking_hook(self, inputs: Tuple[Tensor], result: Tensor) -> None:
    pass


class RootHooked(nn.Module):
    """Hooks around the module that is saved."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)
        self.register_forward_pre_hook(looking_pre_hook)
        self.register_forward_pre_hook(root_pre_hook)
        self.register_forward_hook(root_hook)
        self.register_forward_hook(looking_hook)

    def forward(self, x):
        return self.inner(x)


class OtherMethods(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Linear(4, 2)
        self.up = nn.Linear(2, 4)

    @torch.jit.export
    def encode(self, x):
        return self.down(x)

    @torch.jit.export
    def decode(self, x: Tensor, scale: float = 1.0):
        return self.up(x) * scale


class ImplicitNumbers(nn.Module):
    """Tensors where a number is asked for."""

    def forward(self, x):
        n = torch.tensor(3)
        rows = (x.sum(1) > -9).sum()
        return torch.zeros(n, 2) + 1, torch.ones(rows, 3).cumsum(0), torch.full([2], torch.tensor(2.5))


class Views(nn.Module):
    """Changes through views, and of what others see."""

    def forward(self, x):
        y = x.clone()
        y[:, 0] = 5
        y[:, 1:3] += x[:, :2]
        row = y[0]
        row.mul_(2)
        column = y.transpose(0, 1)[3]
        column.add_(1)
        z = y.view(-1)
        z[0] = -7
        flat = y.reshape(-1)
        flat.clamp_(min=-2)
        first, second = y.chunk(2, 1)
        first.copy_(second * 3)
        y.masked_fill_(y > 4, 4.0)
        y[y < -1] = 0.5
        return y, row, z


class LoopedViews(nn.Module):
    def forward(self, x):
        out = torch.zeros(x.size(0), 4)
        for i in range(4):
            out[:, i] = x[:, i] * i
            out.select(1, 0).add_(1)
        parts = [out[:, :1], out[:, 1:2]]
        for part in parts:
            part.neg_()
        return out


class BranchedInPlace(nn.Module):
    def forward(self, x):
        y = x.clone()
        if x.sum() > 0:
            y += 1
        else:
            y[:, 0] = 0
        return y


class LoopedInPlace(nn.Module):
    def forward(self, x):
        y = torch.zeros(3)
        i = 0
        while y.sum() < 10:
            y += x[i % x.size(0)].abs() + 0.5
            i += 1
        return y


class InputChanged(nn.Module):
    def forward(self, x):
        x += 1
        y = x * 2
        x.relu_()
        return x + y


class Buffers(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.randn(4))
        self.register_buffer("table", torch.randn(5, 4).t())
        self.register_buffer("hidden", torch.randn(4), persistent=False)
        self.weight = nn.Parameter(torch.randn(4, 4))
        self.tied = self.weight
        self.constants: List[Tensor] = [torch.ones(4), torch.full((4,), 0.5)]

    def forward(self, x):
        y = (x - self.mean) @ self.weight + self.hidden
        return y @ self.tied.t(), y @ self.table[:, 1:4], y + self.constants[1] * self.constants[0]


class Queries(nn.Module):
    """What a program asks of its tensors."""

    def forward(self, x):
        y = torch.zeros(x.shape, dtype=x.dtype, device=x.device)
        if x.dtype == torch.float32 and x.is_floating_point() and not x.is_cuda and not x.is_complex():
            y = y + 1
        if x.dim() == 2 and x.ndim == 2 and x.device.type == "cpu" and not x.requires_grad:
            y = y + 2
        y = y + x.numel() + x.shape[-1] + len(x) + x.size(-2)
        z = torch.arange(x.size(0), device=x.device, dtype=torch.float32)
        if torch.jit.is_scripting():
            y = y * 2
        if not self.training and not torch.is_grad_enabled():
            y = y + 1
        return y, z, x.to(torch.float64).to(x), x.type_as(z), x.new_zeros(x.size(0)), x.new_full((2,), 3.5)


class Numbers(nn.Module):
    def forward(self, x):
        a = 7
        b = -2
        c = 2.5
        ints = a // b + a % b + a**2 + int(c) + abs(b) + min(a, b) + max(a, 3) + (a & 3) + (a | 8) + (a ^ 5) + (a << 2) + (a >> 1)
        reals = a / b + c**2 + float(a) + round(c) + (c // 1.0) + (-c) % 2.0 + abs(-c) + min(c, 1.0)
        import_free = math_of(c)
        truth = bool(a) and not (b > 3 or c == 2.5) or a != 7
        return x * ints + reals + import_free + float(truth)


def math_of(x: float) -> float:
    return math.sqrt(x) + math.floor(x) + math.ceil(x) + math.exp(0.5) + math.log(x) + math.sin(x) + math.pi + math.pow(x, 2)


class SizeArithmetic(nn.Module):
    def forward(self, x):
        b, c, h, w = x.shape
        y = x.reshape(b, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(b, (h // 2) * (w // 2), c * 4)
        z = y.view(b * y.size(1), -1)
        n = int(w / 2)
        m = (h + 1) // 2
        return y, z, x[..., :n], x[:, :, m:], x.flatten(1), x.unflatten(1, (1, c)), x.new_zeros((b, n, m)), x.expand(b, c, h, w) * (h * 1.5)


class Pads(nn.Module):
    def forward(self, x):
        a = F.pad(x, (1, 2))
        b = F.pad(x, [1, 1, 2, 0], mode="reflect")
        c = F.pad(x, (1, 1, 1, 1), mode="replicate")
        d = F.pad(x, (0, x.size(3) % 3), value=0.5)
        return a, b, c, d, F.pad(x, (-1, -1))


class Interpolates(nn.Module):
    def forward(self, x):
        a = F.interpolate(x, scale_factor=2.0)
        b = F.interpolate(x, size=[7, 5], mode="bilinear", align_corners=False)
        c = F.interpolate(x, scale_factor=[1.5, 0.5], mode="bilinear", align_corners=True)
        d = F.interpolate(x, size=x.shape[-2:], mode="nearest-exact")
        e = F.interpolate(x, scale_factor=2.0, mode="bicubic")
        f = F.interpolate(x, size=(3, 3), mode="area")
        return a, b, c, d, e, f


class Functionals(nn.Module):
    def forward(self, x):
        y = F.softmax(x, dim=-1) + F.gelu(x) + F.gelu(x, approximate="tanh") + F.leaky_relu(x, 0.2)
        y = y + F.normalize(x, dim=1) + F.layer_norm(x, [4]) + F.hardtanh(x) + F.elu(x) + F.selu(x) + F.silu(x)
        y = F.dropout(y, 0.5, self.training)
        y = y + F.softplus(x) + F.log_softmax(x, 1) + F.threshold(x, 0.1, 0.2) + F.relu6(x) + F.glu(torch.cat([x, x], 1))
        return y + F.cosine_similarity(x, x + 1).unsqueeze(1) + F.one_hot(torch.tensor([0, 1, 2, 3]), 4).sum(0)


class Indexing(nn.Module):
    def forward(self, x):
        index = torch.tensor([2, 0])
        a = x[:, index]
        b = x[..., -1]
        c = x[None, :, 1:3:1]
        d = x[:, :, ::2]
        e = x[torch.arange(x.size(0)), 1]
        f = x[x.sum((1, 2)) > 0]
        g = x.gather(1, index.view(1, 2, 1).expand(x.size(0), 2, x.size(2)))
        h = torch.where(x > 0, x, torch.zeros_like(x))
        return a, b, c, d, e, f, g, h, x.index_select(2, index), torch.take_along_dim(x, x.argsort(1), 1)


class Conversions(nn.Module):
    def forward(self, x):
        n = int(x.sum().item())
        f = float(x.mean())
        b = bool((x > 0).any())
        return x + n, x * f, torch.tensor([n, 2]), torch.tensor(f), x.long().float() + int(b), x.to(torch.bool), x.half().float(), x.double()


class OpenChunks(nn.Module):
    """Pieces of an open size, of which there are as many for any size."""

    def forward(self, x):
        both = torch.cat([x, x * 2], dim=0)
        a, b = torch.chunk(both, 2, dim=0)
        c, d, e = torch.cat([both, x - 1], dim=0).split(x.size(0), dim=0)
        return a - b, c * d + e


class DataSizes(nn.Module):
    """Sizes that the data decide."""

    def forward(self, x):
        keep = torch.nonzero(x[:, 0] > 0).squeeze(1)
        kept = x[keep]
        n = kept.size(0)
        if n > 1:
            kept = kept - kept.mean(0)
        return kept, keep, torch.arange(n), torch.full((n,), 2.0)


class Unions(nn.Module):
    def pick(self, flag: bool) -> Union[int, float]:
        if flag:
            return 3
        return 2.5

    def forward(self, x):
        value = self.pick(True)
        if isinstance(value, int):
            x = x * value
        anything: Any = x
        if isinstance(anything, Tensor):
            x = x + 1
        numbers: Union[List[int], int] = [1, 2]
        if isinstance(numbers, int):
            x = x * 100
        else:
            x = x + numbers[1]
        return x


@torch.jit.script
class Accumulator:
    def __init__(self, scale: float):
        self.scale = scale
        self.count = 0
        self.items: List[Tensor] = []

    def add(self, x: Tensor) -> int:
        self.items.append(x * self.scale)
        self.count += 1
        return self.count

    def total(self) -> Tensor:
        return torch.stack(self.items).sum(0)


class Objects(nn.Module):
    def forward(self, x):
        accumulator = Accumulator(0.5)
        for i in range(3):
            n = accumulator.add(x + i)
        accumulator.scale = 2.0
        accumulator.add(x)
        return accumulator.total() * accumulator.count


def helper(x, k: int = 2, names: Optional[List[str]] = None):
    if names is not None:
        k += len(names)
    return x * k


class Functions(nn.Module):
    scale: Final[float]

    def __init__(self):
        super().__init__()
        self.scale = 1.5

    @torch.jit.export
    def twice(self, x):
        return helper(helper(x), 3)

    def forward(self, x):
        future = torch.jit.fork(helper, x, 5)
        y = self.twice(x) + helper(x, names=["a", "b"]) + torch.jit.wait(future)
        with torch.no_grad():
            y = y * self.scale
        return y


class Raises(nn.Module):
    """Checks that data decide are left out where they only raise."""

    def forward(self, x):
        if x.size(0) == 0:
            raise ValueError("no rows")
        assert x.dim() == 2, "two axes"
        try_size = x.size(1)
        if try_size != 4:
            raise RuntimeError(f"{try_size} columns")
        return x + 1


class ListOfInputs(nn.Module):
    def forward(self, xs: List[Tensor], pair: Tuple[Tensor, Tensor], named: Dict[str, Tensor]):
        y = torch.cat(xs, 1) if len(xs) > 1 else xs[0]
        return y.sum(1) + pair[0] - pair[1] * named["scale"], named["shift"] + xs[0]


class Arguments(nn.Module):
    def forward(self, x, k: int, flag: bool, scale: float = 2.0, mode: str = "sum", sizes: Optional[List[int]] = None):
        if flag:
            x = x * scale
        if mode == "mean":
            x = x.mean(1, keepdim=True)
        if sizes is not None:
            x = x.expand(sizes)
        return x + k


class Recurrent(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        y, state = self.layer(x)
        return y, state


class CellLoop(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(4, 5)
        self.gru = nn.GRUCell(5, 3)

    def forward(self, x):
        h = torch.zeros(x.size(0), 5)
        c = torch.zeros(x.size(0), 5)
        g = torch.zeros(x.size(0), 3)
        for t in range(x.size(1)):
            h, c = self.cell(x[:, t], (h, c))
            g = self.gru(h, g)
        return h, c, g


class Attention(nn.Module):
    def __init__(self, weights: bool):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.weights = weights

    def forward(self, x):
        y, weights = self.attention(x, x, x, need_weights=self.weights)
        if weights is not None:
            return y, weights
        return y, y


class Encoder(nn.Module):
    def __init__(self, **kwargs):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **kwargs)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x):
        return self.encoder(x)


class Promotions(nn.Module):
    """Broadcasts between dtypes, and numbers that decide dtypes."""

    def forward(self, x):
        i = torch.arange(4)
        a = i + 1.5
        b = i / 2
        c = i // 3
        d = (i > 1) + i
        e = torch.tensor(2) * x
        f = x.to(torch.float64).sum() + x
        g = torch.tensor(1.5, dtype=torch.float64) + i
        h = torch.true_divide(i, 2) + torch.floor_divide(i, 2) + torch.remainder(i, 3)
        k = i * True
        m = torch.full((2,), 3) + torch.full((2,), 2.5)
        n = torch.pow(2, i + 0.5) + i**2
        return a, b, c, d, e, f, g, h, k, m, n, x % 0.75, 1 - x, 2 / (x.abs() + 1), x ** 2.0, 0.5**x


class LostPrecision(nn.Module):
    """Whole numbers beyond 2**53 and floats that float32 rounds."""

    def forward(self, x):
        large = 9007199254740993
        i = torch.tensor([large, -large])
        return i + 1, i * 2, x + 0.1, x * 16777217, torch.tensor([0.1, 0.2]) + x[0, :2]


class MaskedAttention(nn.Module):
    """Self attention as written by hand, with a causal mask of any length."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)

    def forward(self, x):
        b, t, c = x.size()
        q, k, v = self.qkv(x).split(c, dim=2)
        q = q.view(b, t, 2, c // 2).transpose(1, 2)
        k = k.view(b, t, 2, c // 2).transpose(1, 2)
        v = v.view(b, t, 2, c // 2).transpose(1, 2)
        weights = (q @ k.transpose(-2, -1)) * (1.0 / (k.size(-1) ** 0.5))
        mask = torch.tril(torch.ones(t, t)).view(1, 1, t, t)
        weights = weights.masked_fill(mask == 0, float("-inf"))
        y = F.softmax(weights, dim=-1) @ v
        return y.transpose(1, 2).contiguous().view(b, t, c)


class GreedyDecoder(nn.Module):
    """A search that ends when the data say so."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(6, 4)
        self.out = nn.Linear(4, 6)

    def forward(self, x):
        token = x.sum(1).argmax().remainder(6)
        state = torch.zeros(4)
        count = 0
        done = False
        while not done and count < 8:
            state = torch.tanh(state + self.embed(token))
            token = self.out(state).argmax()
            count += 1
            if int(token) == 2:
                done = True
        return state, token, torch.tensor(count)


def sequences(module, sizes=((2, 3), (1, 5), (3, 2))):
    return Case(module, [["x", "float32", ["batch", "length", 8]]], [(floats(b, t, 8),) for b, t in sizes])


def list_of_inputs():
    inputs = [["xs.0", "float32", ["batch", 2]], ["xs.1", "float32", ["batch", 2]], ["pair.0", "float32", ["batch"]]]
    inputs += [["pair.1", "float32", ["batch"]], ["named.scale", "float32", []], ["named.shift", "float32", [2]]]
    runs = [
        ([floats(n, 2), floats(n, 2)], (floats(n), floats(n)), {"scale": floats(), "shift": floats(2)}) for n in (2, 3)
    ]
    return Case(ListOfInputs, inputs, runs)


def arguments(given: dict, *rest):
    return lambda: Case(Arguments, [["x", "float32", [2, 1]]], [(floats(2, 1), *rest)], given)


def image(module, *, height="height", width="width", channels=3):
    sizes = ((2, 4, 6), (1, 8, 4))
    return Case(module, [["x", "float32", ["batch", channels, height, width]]], [(floats(b, channels, h, w),) for b, h, w in sizes])


PROGRAMS: Dict[str, Callable[[], Case]] = {
    "tensor_if": lambda: fixed(2, 3, count=4)(TensorIf),
    "nested_tensor_if": lambda: fixed(2, 3, count=5)(NestedTensorIf),
    "nested_tensor_if.rows": lambda: rows(3, sizes=(1, 2, 3, 4))(NestedTensorIf),
    "early_return": lambda: rows(3, sizes=(1, 2, 3, 4))(EarlyReturn),
    "size_if": lambda: fixed(3, 3)(SizeIf),
    "size_if.rows": lambda: rows(3, sizes=(1, 2, 3, 4))(SizeIf),
    "tensor_while": lambda: rows(3)(TensorWhile),
    "while_break": lambda: fixed(4, 3, count=4)(WhileBreak),
    "while_break.rows": lambda: rows(3, sizes=(1, 5, 3))(WhileBreak),
    "for_rows": lambda: fixed(4, 3)(ForRows),
    "for_rows.rows": lambda: rows(3)(ForRows),
    "for_rows_list": lambda: rows(3, 4)(ForRowsList),
    "for_over_tensor": lambda: fixed(4, 3)(ForOverTensor),
    "for_over_tensor.rows": lambda: rows(3)(ForOverTensor),
    "constant_loops": lambda: rows(4)(ConstantLoops),
    "lists": lambda: rows(4)(Lists),
    "dicts": lambda: rows(4)(Dicts),
    "tuples": lambda: rows(4)(Tuples),
    "named_tuples": lambda: rows(4)(NamedTuples),
    "optionals": lambda: rows(4)(Optionals),
    "optional_chosen": lambda: rows(4)(OptionalChosen),
    "strings.linear": lambda: rows(4)(lambda: Strings("linear")),
    "strings.cubic": lambda: rows(4)(lambda: Strings("cubic")),
    "enums": lambda: rows(4)(lambda: Enums(Color.BLUE)),
    "enum_identity": lambda: rows(4)(lambda: EnumIdentity(Color.BLUE)),
    "layers": lambda: rows(4)(Layers),
    "hooked": lambda: rows(4)(Hooked),
    "root_hooked": lambda: rows(4)(RootHooked),
    "method.encode": lambda: rows(4)(OtherMethods)._replace(method="encode"),
    "method.decode": lambda: rows(2)(OtherMethods)._replace(method="decode", arguments={"scale": 1.0}),
    "implicit_numbers": lambda: rows(4)(ImplicitNumbers),
    "views": lambda: fixed(3, 4)(Views),
    "views.rows": lambda: rows(4)(Views),
    "looped_views": lambda: rows(4)(LoopedViews),
    "branched_in_place": lambda: rows(4, sizes=(1, 2, 3, 4))(BranchedInPlace),
    "looped_in_place": lambda: rows(3)(LoopedInPlace),
    "input_changed": lambda: rows(3)(InputChanged),
    "buffers": lambda: rows(4)(Buffers),
    "queries": lambda: rows(4)(Queries),
    "numbers": lambda: rows(4)(Numbers),
    "size_arithmetic": lambda: image(SizeArithmetic),
    "size_arithmetic.fixed": lambda: fixed(2, 3, 4, 6)(SizeArithmetic),
    "pads": lambda: fixed(2, 3, 5, 6)(Pads),
    "pads.open": lambda: image(Pads),
    "interpolates": lambda: fixed(2, 3, 4, 6)(Interpolates),
    "interpolates.open": lambda: image(Interpolates),
    "functionals": lambda: rows(4)(Functionals),
    "indexing": lambda: rows(3, 4)(Indexing),
    "conversions": lambda: rows(4)(Conversions),
    "open_chunks": lambda: rows(4)(OpenChunks),
    "data_sizes": lambda: rows(4, sizes=(3, 5, 2))(DataSizes),
    "unions": lambda: rows(4)(Unions),
    "objects": lambda: rows(4)(Objects),
    "functions": lambda: rows(4)(Functions),
    "raises": lambda: rows(4)(Raises),
    "list_of_inputs": list_of_inputs,
    "arguments.one": arguments({"k": 3, "flag": True}, 3, True),
    "arguments.all": arguments(
        {"k": 3, "flag": True, "scale": 3, "mode": "mean", "sizes": [2, 4]}, 3, True, 3.0, "mean", [2, 4]
    ),
    "lstm": lambda: sequences(lambda: Recurrent(nn.LSTM(8, 5, num_layers=2, batch_first=True, bidirectional=True))),
    "gru": lambda: sequences(lambda: Recurrent(nn.GRU(8, 5, batch_first=True))),
    "rnn": lambda: sequences(lambda: Recurrent(nn.RNN(8, 5, nonlinearity="relu"))),
    "cell_loop": lambda: rows(3, 4)(CellLoop),
    "attention": lambda: sequences(lambda: Attention(True)),
    "attention.bare": lambda: sequences(lambda: Attention(False)),
    "encoder": lambda: sequences(lambda: Encoder()),
    "encoder.gelu": lambda: sequences(lambda: Encoder(activation="gelu", norm_first=True)),
    "dtypes": lambda: rows(4)(Promotions),
    "lost_precision": lambda: rows(4)(LostPrecision),
    "masked_attention": lambda: sequences(MaskedAttention),
    "greedy_decoder": lambda: fixed(2, 6, count=5)(GreedyDecoder),
}
