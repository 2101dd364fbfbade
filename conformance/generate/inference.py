"""Writes test/fixtures/graph/inference.json.gz: calls of ATen operators with the dtypes and shapes of what PyTorch gives.

    python conformance/generate/inference.py

The calls are those that PyTorch's OpInfo samples, some modules and the calls below lead to, as traced before and after
the decomposition of composite operators. Only operators of src/graph/aten-schemas.ts take part, each with a few calls
that differ in more than numbers.
"""

import gzip
import json
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch.fx.experimental.proxy_tensor import make_fx
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils._pytree import tree_flatten, tree_unflatten

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "test" / "fixtures" / "graph" / "inference.json.gz"
SCHEMAS = (ROOT / "src" / "graph" / "aten-schemas.ts").read_text()
KNOWN = {
    f"aten.{name}.{overload or 'default'}" for name, overload in re.findall(r'"aten::(\w+)(?:\.(\w+))?\(', SCHEMAS)
}
DTYPES = (torch.float32, torch.int64, torch.bool, torch.complex64, torch.float16, torch.uint8)
SAMPLES = {torch.float32: 24, torch.int64: 8}
CALLS_PER_TARGET = 24


class Unrepresentable(Exception):
    """An argument has no form in the graphs that torchrelay reads."""


def name_of(value) -> str:
    return str(value).split(".")[-1]


def tensor_entry(value: torch.Tensor) -> dict:
    dtype = name_of(value.dtype)
    if value.layout is not torch.strided or value.is_quantized or dtype.startswith(("float8", "complex32")):
        raise Unrepresentable
    return {"dtype": dtype, "shape": list(value.shape), "contiguous": value.is_contiguous()}


def entry(value):
    """Floats are objects, so that 2.0 is not 2."""
    if isinstance(value, torch.fx.Node):
        return entry(value.meta["val"])
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, torch.Tensor):
        return tensor_entry(value)
    if isinstance(value, (list, tuple)):
        return [entry(item) for item in value]
    if isinstance(value, (torch.dtype, torch.memory_format, torch.layout)):
        return name_of(value)
    if isinstance(value, torch.device):
        return str(value)
    raise Unrepresentable


def named_arguments(node: torch.fx.Node) -> dict:
    names = [argument.name for argument in node.target._schema.arguments]
    given = dict(zip(names, node.args)) | dict(node.kwargs)
    return {name: entry(value) for name, value in given.items() if name not in ("generator",)}


def result_entries(value) -> list:
    results = list(value) if isinstance(value, (list, tuple)) else [value]
    return [entry(result) for result in results]


def pattern(value):
    """What a call is apart from its numbers, so that the calls of an operator differ."""
    if isinstance(value, dict) and "shape" in value:
        shape = value["shape"]
        return (value["dtype"], len(shape), 1 in shape, 0 in shape, value["contiguous"])
    if isinstance(value, dict):
        return "float"
    if isinstance(value, list):
        return tuple(pattern(item) for item in value[:4])
    return value if isinstance(value, (bool, str)) or value is None else (type(value).__name__, value < 0)


def rank_and_dtype(args: dict) -> str:
    tensors = [value for value in args.values() if isinstance(value, dict) and "shape" in value]
    return json.dumps([[value["dtype"], len(value["shape"])] for value in tensors[:1]])


class Calls:
    def __init__(self):
        self.by_target: dict[str, dict] = defaultdict(dict)

    def add_graph(self, graph: torch.fx.Graph) -> None:
        for node in graph.nodes:
            if isinstance(node.target, torch._ops.OpOverload) and str(node.target) in KNOWN:
                self.add(node)

    def add(self, node: torch.fx.Node) -> None:
        try:
            call = {"args": named_arguments(node), "results": result_entries(node.meta["val"])}
        except (Unrepresentable, KeyError):
            return
        known = self.by_target[str(node.target)]
        known.setdefault(json.dumps([[name, pattern(value)] for name, value in call["args"].items()]), call)

    def chosen(self) -> list:
        """Of each operator the calls that differ most come first: a new dtype or rank before a new argument."""
        chosen = []
        for target, calls in sorted(self.by_target.items()):
            seen: dict[str, int] = defaultdict(int)
            ranked = []
            for call in calls.values():
                key = rank_and_dtype(call["args"])
                ranked.append((seen[key], call))
                seen[key] += 1
            ranked.sort(key=lambda pair: pair[0])
            chosen += [{"target": target, **call} for _, call in ranked[:CALLS_PER_TARGET]]
        return chosen


def record(calls: Calls, function: Callable, args: tuple, kwargs: dict) -> None:
    leaves, spec = tree_flatten((args, kwargs))
    tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]

    def apply(*given):
        values = iter(given)
        full = [next(values) if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves]
        full_args, full_kwargs = tree_unflatten(full, spec)
        return function(*full_args, **full_kwargs)

    for pre_dispatch in (True, False):
        try:
            with torch.no_grad():
                graph = make_fx(apply, pre_dispatch=pre_dispatch)(*tensors).graph
        except Exception:  # what cannot be traced is left out
            continue
        calls.add_graph(graph)


def record_operators(calls: Calls) -> None:
    for op in op_db:
        for dtype in DTYPES:
            if dtype not in op.supported_dtypes("cpu"):
                continue
            try:
                samples = list(op.sample_inputs("cpu", dtype, requires_grad=False))
            except Exception:
                continue
            step = max(1, len(samples) // SAMPLES.get(dtype, 4))
            for sample in samples[::step]:
                for function in (op.op, op.inplace_variant):
                    if function is not None:
                        record(calls, function, (sample.input, *sample.args), sample.kwargs)


def modules() -> Iterator[tuple[Callable, tuple]]:
    for kind in (torch.nn.LSTM, torch.nn.GRU, torch.nn.RNN):
        for bidirectional, batch_first, layers in ((False, False, 1), (True, True, 2), (True, False, 1)):
            module = kind(5, 7, layers, bidirectional=bidirectional, batch_first=batch_first)
            yield module, (torch.randn(3, 4, 5),)
            if batch_first:
                packed = torch.nn.utils.rnn.pack_padded_sequence
                padded = torch.nn.utils.rnn.pad_packed_sequence
                lengths = torch.tensor([4, 2, 1])
                yield (
                    lambda x, module=module: padded(module(packed(x, lengths, batch_first=True))[0], batch_first=True)
                ), (torch.randn(3, 4, 5),)
        yield getattr(torch.nn, f"{kind.__name__}Cell")(5, 7), (torch.randn(3, 5),)
    yield torch.nn.LSTM(5, 7, proj_size=3), (torch.randn(3, 4, 5),)
    for mode in ("sum", "mean", "max"):
        bag = torch.nn.EmbeddingBag(10, 3, mode=mode)
        yield bag, (torch.tensor([1, 2, 4, 5]), torch.tensor([0, 2]))
        yield bag, (torch.tensor([[1, 2], [4, 5], [7, 8]]),)
    yield torch.nn.EmbeddingBag(10, 3, include_last_offset=True), (torch.tensor([1, 2, 4]), torch.tensor([0, 2, 3]))
    for format in (torch.contiguous_format, torch.channels_last):
        images = torch.randn(2, 3, 6, 8).to(memory_format=format)
        layers = torch.nn.Sequential(
            torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.BatchNorm2d(4), torch.nn.MaxPool2d(2), torch.nn.ReLU()
        )
        yield layers.to(memory_format=format).eval(), (images,)
        yield torch.nn.ConvTranspose2d(3, 4, 3, stride=2).to(memory_format=format).eval(), (images,)


def attention(need_weights: bool, average: bool) -> tuple[Callable, tuple]:
    def forward(query, weight, bias, projection, projected):
        return torch._native_multi_head_attention(
            query, query, query, 8, 2, weight, bias, projection, projected,
            need_weights=need_weights, average_attn_weights=average,
        )

    return forward, (torch.randn(2, 5, 8), torch.randn(24, 8), torch.randn(24), torch.randn(8, 8), torch.randn(8))


def layouts() -> Iterator[tuple[Callable, tuple]]:
    """Views of views, whose order in memory depends on sizes."""
    for shape in ((2, 3, 4), (1, 3, 4), (2, 1, 4), (2, 3, 1), (1, 1, 4), (2, 0, 3), (1, 3, 1)):
        x = torch.randn(shape)
        for y in (x, x.transpose(0, 1).contiguous().transpose(0, 1), x.transpose(1, 2)):
            for function in (
                lambda y: y.transpose(0, 1), lambda y: y.permute(2, 0, 1), lambda y: y.permute(1, 2, 0),
                lambda y: y.select(0, 0), lambda y: y.select(2, 0), lambda y: y.unbind(0), lambda y: y.unbind(2),
                lambda y: y[:1], lambda y: y[:, :, :2], lambda y: y[:, :, ::2], lambda y: y[::2], lambda y: y[:, 1:],
                lambda y: y.split(2, 2), lambda y: y.split(1, 0), lambda y: y.chunk(2, 2), lambda y: y.narrow(2, 0, 1),
                lambda y: y.unsqueeze(1), lambda y: y.squeeze(), lambda y: y.expand(2, 3, 4),
                lambda y: y.expand(5, *y.shape), lambda y: y.reshape(-1), lambda y: y.flatten(1), lambda y: y + y,
                lambda y: y.sum(1), lambda y: y.clone(), lambda y: y.contiguous(), lambda y: y.to(torch.float64),
                lambda y: y.t() if y.dim() < 3 else y.mT, lambda y: y.movedim(0, 2), lambda y: y.unfold(0, 1, 1),
                lambda y: torch.cat([y, y]), lambda y: y.softmax(1), lambda y: y.flip(0), lambda y: y.roll(1, 1),
                lambda y: torch.zeros_like(y), lambda y: y.cumsum(1), lambda y: y.sort(1), lambda y: y.matmul(y.mT),
            ):
                yield function, (y,)


def scalars() -> Iterator[tuple[Callable, tuple]]:
    """Numbers of other kinds than the tensors beside them."""
    for dtype in (torch.int64, torch.int32, torch.bool, torch.uint8, torch.float16, torch.float64, torch.float32):
        for shape in ((3,), ()):
            x = torch.ones(shape, dtype=dtype)
            for number in (True, 2, 2.0, 2.5):
                for name in "add sub mul div pow remainder fmod floor_divide eq maximum clamp_min rsub float_power".split():
                    yield (lambda x, name=name, number=number: getattr(torch, name)(x, number)), (x,)
                yield (lambda x, number=number: torch.pow(number, x)), (x,)
                yield (lambda x, number=number: torch.where(x > 0, x, number)), (x,)
                yield (lambda x, number=number: torch.full_like(x, number)), (x,)
                yield (lambda x, number=number: torch.clamp(x, number, number)), (x,)
                yield (lambda x, number=number: x.masked_fill(x > 0, number)), (x,)
            for y in (torch.ones((), dtype=torch.float64), torch.ones((), dtype=torch.int64), torch.ones(3)):
                for name in "add mul div pow atan2 fmod minimum lt where bitwise_and".split():
                    yield (
                        (lambda x, y, name=name: getattr(torch, name)(x, y))
                        if name != "where"
                        else (lambda x, y: torch.where(x > 0, x, y))
                    ), (x, y)
    for args in ((5,), (5.0,), (1, 7), (1, 7, 2), (7, 1, -2), (0.0, 1.0, 0.1), (1, 2.5, 0.5), (3, 3)):
        yield (lambda args=args: torch.arange(*args)), ()
    for value in (True, 2, 2.0):
        yield (lambda value=value: torch.full((2, 3), value)), ()
        yield (lambda value=value: torch.scalar_tensor(value)), ()


def main() -> None:
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    calls = Calls()
    extra = [*layouts(), *scalars(), *modules(), attention(True, True), attention(True, False), attention(False, True)]
    for function, args in extra:
        record(calls, function, args, {})
    record_operators(calls)
    chosen = calls.chosen()
    missing = sorted(KNOWN - {call["target"] for call in chosen})
    print(len(chosen), "calls of", len(KNOWN) - len(missing), "operators; none of", *missing)
    text = "\n".join(json.dumps(call, separators=(",", ":")) for call in chosen)
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
