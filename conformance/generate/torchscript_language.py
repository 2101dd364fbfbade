"""Writes conformance/data/torchscript/language.zip: programs that torch.jit.save wrote, with what PyTorch computed.

    python conformance/generate/torchscript_language.py

Each member NAME.pt is traced or scripted; manifest.json tells what the file does not (`options`), and the runs.
"""

import enum
import io
import json
import math
import warnings
import zipfile
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from case_bundle import DATA, TensorFile
from torch import Tensor, nn

TARGET = DATA / "torchscript" / "language.zip"
_OLDEST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
CASES: list["Case"] = []


class Case(NamedTuple):
    name: str
    module: nn.Module
    runs: list
    traced: bool
    options: dict


def scripted(name: str, module: nn.Module, *runs: tuple, inputs: dict, arguments: Optional[dict] = None) -> None:
    specs = [{"name": key, "dtype": dtype, "shape": shape} for key, (dtype, *shape) in inputs.items()]
    options = {"inputs": specs, **({"arguments": arguments} if arguments else {})}
    CASES.append(Case(name, module.eval(), list(runs), False, options))


def traced(name: str, module: nn.Module, *runs: tuple) -> None:
    CASES.append(Case(name, module.eval(), list(runs), True, {}))


# Traced programs.


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 4))

    def forward(self, x: Tensor) -> Tensor:
        return torch.softmax(self.net(x), -1)


class Residual(nn.Module):
    """Convolutions, batch normalisation in eval mode, in-place activations and additions."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, padding=1, groups=2), nn.BatchNorm2d(4)
        self.relu, self.pool = nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1)
        self.drop, self.fc = nn.Dropout(0.3), nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(x))
        y += x
        return self.fc(self.drop(torch.flatten(self.pool(self.relu(y)), 1)))


class SizeArithmetic(nn.Module):
    def forward(self, x):
        rows, columns = x.shape[0], x.shape[1]
        y = x.view(rows, columns // 2, 2, -1).transpose(1, 2).reshape(rows, -1)
        return y + torch.arange(y.shape[1]), y.new_zeros(rows * 2, columns - 1)


class Encoder(nn.Module):
    """The fused attention of torch.nn in eval mode."""

    def __init__(self, **options):
        super().__init__()
        layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, **options)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor, mask: Tensor) -> Tuple[Tensor, Optional[Tensor]]:
        return self.attention(x, x, x, key_padding_mask=mask, need_weights=True)


class InPlace(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
        y = x.clone()
        y[0] = 1.0
        y[:, 1] += 2
        y[1:, 2:].mul_(3)
        y.view(-1).add_(1)
        w = torch.zeros_like(x)
        w[x > 0] = 5.0
        y.clamp_(max=4.0)
        return y, w, x[:, None, :2].squeeze(1), x[..., -1]


class Containers(nn.Module):
    def forward(self, pair, named):
        a, b = pair
        return {"sum": a + b, "product": named["k"] * b}, (named["k"] * 2, [a - b])


class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.layers = kind(5, 6, **options)

    def forward(self, x: Tensor):
        return self.layers(x)


class RecurrentState(Recurrent):
    def forward(self, x: Tensor, h: Tensor) -> Tuple[Tensor, Tensor]:
        return self.layers(x, h)


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.gru = nn.LSTMCell(5, 6), nn.GRUCell(6, 4)
        self.tanh, self.relu = nn.RNNCell(4, 3), nn.RNNCell(3, 3, nonlinearity="relu", bias=False)

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        h, c = self.lstm(x)
        h, c = self.lstm(x, (h, c))
        g = self.gru(h, self.gru(h))
        r = self.tanh(g)
        return h, c, g, r, self.relu(r)


# Scripted programs: what is known is computed when the file is loaded.


class Lists(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.names = ["a", "b", "c"]
        self.factors = {"a": 1.5, "b": 2.0}

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Dict[str, Tensor]]:
        outputs: List[Tensor] = []
        sums: Dict[str, Tensor] = {}
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i % 2 == 0:
                outputs.append(x)
            sums[self.names[i]] = x.sum(1)
        factor = 0.0
        for _, value in self.factors.items():
            factor += value
        return torch.cat(outputs, 1), torch.stack(outputs[::-1]).sum(0) * factor, sums


class Numbers(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        b = x.size(0)
        n = x.size(1)
        f = n / 3
        ints = [n // 3, n % 3, -n // 3, (-n) % 3, math.floor(f), math.ceil(f), int(f * 2.5), abs(-n), max(n, 7)]
        sizes = [b // 2, b % 2, -b // 2, b * 3 - 1, max(b, 4), min(b, 4), int(b * 0.5), math.floor(b / 3), math.ceil(b / 3)]
        floats = [f, float(2**n), float(round(f)), math.sqrt(n), float(min(n, f)), b / 2, 1.0 / b, math.sqrt(b)]
        return torch.tensor(ints + sizes), torch.tensor(floats)


class Texts(nn.Module):
    def __init__(self):
        super().__init__()
        self.mode = "Linear-Up"

    def forward(self, x: Tensor) -> Tensor:
        parts = self.mode.lower().split("-")
        text = "{}x{}".format(parts[0], x.dim()) + "!"
        if text == "linearx2!" and text.startswith("lin") and "up" in parts:
            return x * len(text)
        return x


class Optionals(nn.Module):
    def forward(self, x: Tensor, y: Optional[Tensor] = None, k: int = 3, mode: str = "add", f: float = 2.0) -> Tensor:
        if y is not None:
            x = x + y
        if mode == "add":
            x = x + k
        elif mode == "mul":
            x = x * k
        else:
            raise ValueError("bad mode {}".format(mode))
        return x * f


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Point(NamedTuple):
    a: Tensor
    b: Tensor


class EnumAndNamedTuple(nn.Module):
    def __init__(self):
        super().__init__()
        self.color = Color.BLUE

    def forward(self, x: Tensor) -> Point:
        y = x + self.color.value if self.color == Color.BLUE else x
        return Point(y, y * 2)


def _forked(x: Tensor) -> Tensor:
    return x + 1


class NoGradAndFork(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            y = x * 2
        return y + torch.jit.wait(torch.jit.fork(_forked, x))


class SharedWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)
        self.b.weight, self.c = self.a.weight, self.a

    def forward(self, x: Tensor) -> Tensor:
        return self.c(self.b(self.a(x)))


class Guards(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.size(1) != 4:
            raise RuntimeError("no")
        assert x.dim() == 2
        if bool(torch.isnan(x).any()):
            raise RuntimeError("nan")
        return x + 1


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn, self.ln, self.gn = nn.BatchNorm2d(3), nn.LayerNorm(6), nn.GroupNorm(1, 3)
        self.conv, self.up = nn.Conv2d(3, 4, 3, padding="same"), nn.ConvTranspose2d(4, 2, 2, 2)
        self.embedding, self.prelu, self.pool, self.drop = nn.Embedding(10, 6), nn.PReLU(), nn.MaxPool2d(2), nn.Dropout(0.5)

    def forward(self, x: Tensor, i: Tensor) -> List[Tensor]:
        y = self.ln(self.gn(self.bn(x)))
        z = self.up(self.pool(self.prelu(self.conv(y))))
        q = self.drop(self.embedding(i))
        more = [F.gelu(q), F.softmax(q, dim=-1), F.normalize(q, dim=1), F.one_hot(i, 10), F.log_softmax(q, 1)]
        return [z, q, F.hardswish(q), F.elu(q), F.pixel_shuffle(x.repeat(1, 4, 1, 1), 2)] + more


class Resizing(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
        a = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        b = F.interpolate(x, size=[10, 9], mode="nearest")
        return a, b, F.adaptive_avg_pool2d(x, [2, 3]), F.pad(x, [1, 2, 0, 1], mode="reflect")


class LoopOverKnownSize(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        total = torch.zeros(4)
        for i in range(x.size(0)):
            total = total * 0.5 + x[i]
        return total


class PlainArguments(nn.Module):
    def forward(self, x: Tensor, rate: int, sizes: List[int], scale: float) -> Tensor:
        if rate == 16000:
            x = x[:, ::2]
        return x.reshape(sizes) * scale


def cases() -> None:
    x = torch.randn(3, 4)
    traced("mlp-traced", Mlp(), (torch.randn(3, 10),), (torch.randn(5, 10),))
    scripted("mlp-scripted", Mlp(), (torch.randn(3, 10),), inputs={"x": ("float32", "b", 10)})
    image = (torch.randn(2, 3, 8, 8),)
    traced("residual-traced", Residual(), image, (torch.randn(3, 3, 8, 8),))
    scripted("residual-scripted", Residual(), image, inputs={"x": ("float32", "b", 3, 8, 8)})
    traced("size-arithmetic", SizeArithmetic(), (torch.randn(2, 4, 6),), (torch.randn(7, 4, 6),))
    traced("encoder-traced", Encoder(), (torch.randn(2, 5, 16),))
    traced("encoder-norm-first-gelu", Encoder(norm_first=True, activation="gelu"), (torch.randn(2, 5, 16),))
    scripted("encoder-scripted", Encoder(), (torch.randn(2, 5, 16),), inputs={"x": ("float32", "b", 5, 16)})
    mask = torch.zeros(2, 5, dtype=torch.bool)
    mask[1, 3:] = True
    attended = {"x": ("float32", 2, 5, 8), "mask": ("bool", 2, 5)}
    scripted("attention-masked", Attention(), (torch.randn(2, 5, 8), mask), inputs=attended)
    traced("in-place-traced", InPlace(), (x,))
    scripted("in-place-scripted", InPlace(), (x,), inputs={"x": ("float32", 3, 4)})
    traced("containers", Containers(), ((x, x + 1), {"k": x * 3}))
    recurrent()
    rows = {"x": ("float32", "b", 4)}
    scripted("lists-and-dicts", Lists(), (x,), inputs=rows)
    scripted("numbers", Numbers(), (x,), (torch.randn(8, 4),), inputs=rows)
    scripted("texts", Texts(), (x,), inputs=rows)
    scripted("optional-left-out", Optionals(), (x,), inputs=rows)
    scripted("optional-given", Optionals(), (x, x + 1), inputs={**rows, "y": ("float32", "b", 4)})
    scripted("enum-and-named-tuple", EnumAndNamedTuple(), (x,), inputs=rows)
    scripted("no-grad-and-fork", NoGradAndFork(), (x,), inputs=rows)
    scripted("shared-weights", SharedWeights(), (x,), inputs=rows)
    scripted("guards", Guards(), (x,), inputs=rows)
    functional = {"x": ("float32", "b", 3, 6, 6), "i": ("int64", 4)}
    scripted("functional", Functional(), (torch.randn(2, 3, 6, 6), torch.tensor([1, 5, 2, 7])), inputs=functional)
    scripted("resizing", Resizing(), (torch.randn(2, 3, 6, 8),), inputs={"x": ("float32", "b", 3, 6, 8)})
    scripted("loop-over-known-size", LoopOverKnownSize(), (x,), inputs={"x": ("float32", 3, 4)})
    plain = {"rate": 16000, "sizes": [2, 3], "scale": 2}
    scripted("plain-arguments", PlainArguments(), (x, 16000, [2, 3], 2.0), inputs={"x": ("float32", 3, 4)}, arguments=plain)


def recurrent() -> None:
    x = torch.randn(4, 3, 5)
    for name, kind, options in [
        ("lstm", nn.LSTM, {}),
        ("lstm-deep", nn.LSTM, {"num_layers": 2, "bidirectional": True, "batch_first": True}),
        ("lstm-without-bias", nn.LSTM, {"bias": False}),
        ("gru", nn.GRU, {"num_layers": 2}),
        ("gru-both-ways", nn.GRU, {"bidirectional": True, "bias": False}),
        ("rnn", nn.RNN, {"bidirectional": True}),
        ("rnn-relu", nn.RNN, {"nonlinearity": "relu", "num_layers": 2}),
    ]:
        traced(name, Recurrent(kind, **options), (x,))
    traced("lstm-unbatched", Recurrent(nn.LSTM), (x[:, 0],))
    traced("gru-with-state", RecurrentState(nn.GRU, num_layers=2), (x, torch.randn(2, 3, 6)))
    scripted("recurrent-cells", Cells(), (x[0],), inputs={"x": ("float32", "b", 5)})
    scripted("gru-of-any-length", RecurrentState(nn.GRU), (x, torch.randn(1, 3, 6)), inputs={"x": ("float32", "t", "b", 5), "h": ("float32", 1, "b", 6)})


def leaves(value) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    return [leaf for item in value for leaf in leaves(item)] if isinstance(value, (list, tuple)) else []


def without_debug_files(data: bytes) -> bytes:
    """The archive without source ranges and machine paths, its members in order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for member in source.namelist():
            if not member.endswith((".debug_pkl", "serialization_id")):
                target.writestr(zipfile.ZipInfo(member, _OLDEST_ZIP_DATE), source.read(member))
    return buffer.getvalue()


def program(case: Case) -> tuple[bytes, torch.jit.ScriptModule]:
    module = torch.jit.trace(case.module, case.runs[0], strict=False) if case.traced else torch.jit.script(case.module)
    buffer = io.BytesIO()
    torch.jit.save(module, buffer)
    return without_debug_files(buffer.getvalue()), module


def write(target, cases: list[Case]) -> None:
    tensors, manifest, programs = TensorFile(), [], {}
    with torch.no_grad():
        for case in cases:
            programs[case.name], module = program(case)
            runs = []
            for run in case.runs:
                inputs = tensors.add_all(leaves(run))
                runs.append({"inputs": inputs, "outputs": tensors.add_all(leaves(module(*run)))})
            manifest.append({"name": case.name, "options": case.options, "runs": runs})
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(entry) for entry in manifest)
    members = {"manifest.json": f"[\n{lines}\n]\n".encode(), "tensors.bin": bytes(tensors.data)}
    members |= {f"{name}.pt": data for name, data in programs.items()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for member, data in members.items():
            info = zipfile.ZipInfo(member, _OLDEST_ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size:,} bytes")


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    cases()
    write(TARGET, CASES)


if __name__ == "__main__":
    main()
