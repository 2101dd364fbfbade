"""Writes test/fixtures/torchscript: archives as torch.jit.save writes them, and what PyTorch says is in them.

    python conformance/generate/torchscript_fixtures.py

Needs torch 2.13 for all of it. With an older torch it writes `mlp-VERSION.pt` alone.
"""

import enum
import io
import json
import zipfile
from pathlib import Path
from typing import Any, Dict, Final, List, NamedTuple, Optional, Tuple, Union

import torch
from torch import nn

FOLDER = Path(__file__).parents[2] / "test" / "fixtures" / "torchscript"
NEWEST = "2.13"
_OLDEST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Mode(enum.Enum):
    LINEAR = "linear"
    CUBIC = "cu bic"


class Level(enum.Enum):
    LOW = 0.5
    HIGH = float("inf")


class Point(NamedTuple):
    x: torch.Tensor
    y: int = 3


@torch.jit.script
class Counter:
    def __init__(self, n: int, names: List[str]):
        self.n = n
        self.names = names

    def inc(self, by: int = 2) -> int:
        self.n += by
        return self.n


class Context:
    def __init__(self):
        self.k = 0

    def __enter__(self) -> int:
        return self.k

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        self.k += 1


@torch.jit.interface
class Layer(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pass


class Scaled(nn.Module):
    scale: Final[float]

    def __init__(self):
        super().__init__()
        self.scale = 2.5
        self.lin = nn.Linear(3, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lin(x) * self.scale


class Stateful(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.ones(2)
        self.k = 3

    @torch.jit.export
    def __getstate__(self):
        return (self.w, self.k, self.training)

    @torch.jit.export
    def __setstate__(self, state: Tuple[torch.Tensor, int, bool]):
        self.w = state[0]
        self.k = state[1]
        self.training = state[2]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def before(self, given: Tuple[torch.Tensor]) -> Tuple[torch.Tensor]:
    return (given[0] + 1,)


def after(self, given: Tuple[torch.Tensor], result: torch.Tensor) -> torch.Tensor:
    return result * 2


def helper(x: torch.Tensor, k: int = 4, names: Optional[List[str]] = None) -> Tuple[torch.Tensor, int]:
    if names is not None:
        k = k + len(names)
    return x + k, k


class Attributes(nn.Module):
    """A value of every kind among the attributes."""

    def __init__(self):
        super().__init__()
        self.whole = 1.0
        self.integer = 2
        self.large = 2**62
        self.complex = 1.5 - 2j
        self.text = "he\"l\nlo\\ \x07 ' \u00e9"
        self.dict: Dict[str, int] = {"a": 1, "b": 2}
        self.floats: List[float] = [1.0, -2.5]
        self.nested = [[1.0, 2.0], [3.0]]
        self.texts: List[str] = ["x"]
        self.tuple = (1, 2.5, "x", torch.ones(2))
        self.nothing: Optional[int] = None
        self.device = torch.device("cpu")
        self.dtype = torch.float16
        self.color = Color.BLUE
        self.mode = Mode.CUBIC
        self.point = Point(torch.ones(1), 5)
        self.bools = [True, False]
        self.tensors = [torch.ones(1), torch.zeros(2)]
        self.ints = [1, -5, 2**40]
        self.counter = Counter(3, ["a"])
        self.nan = float("nan")
        self.negative_infinity = float("-inf")
        self.layers = nn.ModuleList([nn.Linear(3, 2), nn.ReLU()])
        self.tied = self.layers[0].weight
        self.register_buffer("strided", torch.arange(6.0).reshape(2, 3).t())
        self.register_buffer("row", self.strided[1])
        self.register_buffer("brief", torch.arange(3).to(torch.bfloat16), persistent=False)
        self.register_buffer("empty", torch.zeros(0, 3))
        self.register_buffer("scalar", torch.tensor(7, dtype=torch.int16))
        self.state = Stateful()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.whole + self.nested[0][0] + self.integer + len(self.texts) + self.tuple[0] + self.point[1]


class Language(nn.Module):
    """Every form of the printed language."""

    consts: Final[List[int]]
    layer: Layer

    def __init__(self):
        super().__init__()
        self.consts = [1, 2, 3]
        self.calls = 0
        self.color = Color.BLUE
        self.mode = Mode.CUBIC
        self.level = Level.LOW
        self.layers = nn.ModuleList([nn.Linear(3, 3), nn.ReLU()])
        self.by_name = nn.ModuleDict({"a": Scaled(), "b": Scaled()})
        self.layer = Scaled()
        self.hooked = Scaled()
        self.hooked.register_forward_pre_hook(before)
        self.hooked.register_forward_hook(after)

    def forward(
        self,
        x: torch.Tensor,
        names: List[str],
        k: int = 3,
        flag: bool = True,
        sizes: Tuple[int, float] = (1, 2.5),
        c: complex = 1 + 2j,
        o: Optional[float] = None,
        s: str = "d\te\"f",
        t: str = "\u00e9",
    ):
        y, kk = helper(x, k)
        z = x
        if flag and k > 2 or k == 0:
            z = y * -1.5e-05
        elif k == 1:
            z = y + float("inf")
        else:
            for i in range(k):
                if i == 2:
                    continue
                if i == 7:
                    break
                z = z + i
        n = 0
        while n < 3 and not flag:
            n += 1
        a: List[int] = []
        for q in range(1, 10, 2):
            a.append(q)
        for idx, (name, v) in enumerate(zip(names, a)):
            z = z + idx
        d: Dict[str, torch.Tensor] = {}
        d["x"] = x
        for key in d.keys():
            z = z + d[key]
        p = Point(x, 3)
        counter = Counter(2, names)
        counter.inc()
        future = torch.jit.fork(helper, x, 3)
        r = torch.jit.wait(future)
        other = torch.jit.fork(self.hooked, x)
        z = z + torch.jit.wait(other) + r[0] + p.x
        with Context() as entered:
            z = z + entered
        with torch.no_grad():
            z = z * 2
        for layer in self.layers:
            z = layer(z)
        for name, module in self.by_name.items():
            z = module(z)
        z = self.layer.forward(z)
        assert z.dim() == 2, f"bad {z.dim()} dims of {names}"
        u: Union[int, str] = 3
        if isinstance(u, int):
            z = z + u
        anything: Any = x
        if isinstance(anything, (int, float)):
            z = z + 1
        values: List[float] = z[:, 0].tolist()
        part = (1, 2, 3, 4)[1:3]
        one = (1,)
        (b,) = one
        if self.color == Color.RED:
            z = z + 1
        st = self.mode.value + self.mode.name
        z = z + self.level.value
        z = z + torch.tensor([1, 2, 3])
        z[0, 1:2] = 5
        z += 1
        z.relu_()
        e1, e2 = torch.max(z, dim=1)
        print("x", k)
        doubled = [i * 2 for i in range(3)]
        by_text = {str(i): i for i in range(3)}
        self.calls = self.calls + 1
        large = torch.nn.functional.interpolate(z[None, None], scale_factor=2.0, mode="bilinear")
        most, least = 9223372036854775807, -9223372036854775807 - 1
        nested = ((1, (2.0, "z")), [[1], [2, 3]])
        full = torch.empty(0) if o is None else torch.full((1,), o)
        return z, kk, p, d, e1, s, c, nested, large, part, b, st, doubled, by_text, most, least, full, sorted(a), values


class Traced(nn.Module):
    def __init__(self):
        super().__init__()
        self.scaled = Scaled()

    def forward(self, x, named: Dict[str, torch.Tensor], several: List[torch.Tensor]):
        return self.scaled(x)[:, :2] + named["a"] + several[0]


class Holder(nn.Module):
    def __init__(self, tensor):
        super().__init__()
        self.register_buffer("tensor", tensor)

    def forward(self, x):
        return x


REFUSED = {
    "sparse": lambda: torch.eye(3).to_sparse(),
    "sparse-csr": lambda: torch.eye(3).to_sparse_csr(),
    "quantised": lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
    "conjugated": lambda: torch.ones(3, dtype=torch.complex64).conj(),
    "float8": lambda: torch.ones(3).to(torch.float8_e4m3fn),
    "complex32": lambda: torch.ones(3).to(torch.complex32),
}


def saved(module, **extra_files) -> bytes:
    """What torch.jit.save writes, without the source positions: they hold paths of a machine."""
    buffer = io.BytesIO()
    torch.jit.save(module, buffer, _extra_files=extra_files)
    return without_positions(buffer)


def without_positions(buffer: io.BytesIO) -> bytes:
    copy = io.BytesIO()
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(copy, "w") as target:
        for member in source.infolist():
            if member.filename.endswith(".debug_pkl"):
                continue
            info = zipfile.ZipInfo(member.filename, date_time=_OLDEST_ZIP_DATE)
            info.compress_type = member.compress_type
            target.writestr(info, source.read(member))
    return copy.getvalue()


def told(value) -> Any:
    """A value as JSON, told by its kind."""
    if isinstance(value, torch.Tensor):
        return {"tensor": str(value.dtype).removeprefix("torch."), "shape": list(value.shape), "values": value.to(torch.float64).flatten().tolist()}
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return {type(value).__name__: str(value)}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, enum.Enum):
        return {"enum": told(value.value)}
    if isinstance(value, tuple):
        return {"tuple": [told(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[told(key), told(item)] for key, item in value.items()]}
    if isinstance(value, (list, torch._C.ScriptList)):
        return {"list": [told(item) for item in value]}
    return str(value)


ATTRIBUTES = """whole integer large complex text dict floats nested texts tuple nothing device dtype color mode point
    bools tensors ints nan negative_infinity tied strided row brief empty scalar""".split()


def write_mlp(version: str) -> None:
    torch.manual_seed(0)
    mlp = nn.Sequential(nn.Linear(4, 3), nn.ReLU()).eval()
    (FOLDER / f"mlp-{version}.pt").write_bytes(saved(torch.jit.trace(mlp, torch.ones(2, 4))))


class Streaming(nn.Module):
    """Hears a recording piece by piece."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(16, 8)
        self.out = nn.Linear(8, 1)
        self.state = (torch.zeros(1, 8), torch.zeros(1, 8))

    def forward(self, x: torch.Tensor, rate: int) -> torch.Tensor:
        if rate != 16000:
            raise ValueError(f"a rate of {rate}")
        h, c = self.cell(x, self.state)
        self.state = (h, c)
        return torch.sigmoid(self.out(h))

    @torch.jit.export
    def embed(self, x: torch.Tensor) -> torch.Tensor:
        return self.cell(x)[0]


def write_all() -> None:
    torch.manual_seed(0)
    (FOLDER / "streaming.pt").write_bytes(saved(torch.jit.script(Streaming().eval())))
    torch.manual_seed(0)
    attributes = torch.jit.script(Attributes().eval())
    (FOLDER / "attributes.pt").write_bytes(saved(attributes, **{"note.txt": b"hello", "a/b": b"x"}))
    expected = {name: told(getattr(attributes, name)) for name in ATTRIBUTES}
    (FOLDER / "attributes.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
    (FOLDER / "language.pt").write_bytes(saved(torch.jit.script(Language().eval())))
    (FOLDER / "frozen.pt").write_bytes(saved(torch.jit.freeze(torch.jit.script(Scaled().eval()))))
    example = (torch.ones(3, 3), {"a": torch.ones(2)}, [torch.ones(2, dtype=torch.int64)])
    (FOLDER / "traced.pt").write_bytes(saved(torch.jit.trace(Traced().eval(), example)))
    for name, make in REFUSED.items():
        (FOLDER / f"{name}.pt").write_bytes(saved(torch.jit.script(Holder(make()))))
    mobile = io.BytesIO(torch.jit.script(nn.Linear(2, 2))._save_to_buffer_for_lite_interpreter())
    (FOLDER / "mobile.ptl").write_bytes(without_positions(mobile))


def main() -> None:
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    version = ".".join(torch.__version__.split(".")[:2])
    write_mlp(version)
    if version == NEWEST:
        write_all()


main()
