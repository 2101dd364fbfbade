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


def named_arguments(target: torch._ops.OpOverload, args: tuple, kwargs: dict) -> dict:
    names = [argument.name for argument in target._schema.arguments]
    given = dict(zip(names, args)) | dict(kwargs)
    return {name: entry(value) for name, value in given.items() if name not in ("generator",)}


def result_entries(value) -> list:
    if value is None:
        return []
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
        if "val" in node.meta:
            self.add_call(node.target, node.args, node.kwargs, node.meta["val"])

    def add_call(self, target: torch._ops.OpOverload, args: tuple, kwargs: dict, result) -> None:
        try:
            call = {"args": named_arguments(target, args, kwargs), "results": result_entries(result)}
        except Unrepresentable:
            return
        self.add_entries(str(target), call)

    def add_entries(self, target: str, call: dict) -> None:
        known = self.by_target[target]
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
            for alias in op.aliases:
                for function in (alias.op, alias.inplace_variant):
                    if function is not None and samples:
                        record(calls, function, (samples[0].input, *samples[0].args), samples[0].kwargs)


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


def recurrent_calls() -> Iterator[tuple]:
    rows, counts = torch.randn(7, 5), torch.tensor([3, 2, 2])
    for name, gates in (("lstm", 4), ("gru", 3), ("rnn_tanh", 1), ("rnn_relu", 1)):
        weights = [torch.randn(gates * 7, 5), torch.randn(gates * 7, 7), torch.randn(gates * 7), torch.randn(gates * 7)]
        for directions, layers in ((1, 1), (2, 1)):
            state = torch.randn(directions * layers, 3, 7)
            hx = [state, state] if name == "lstm" else state
            params = weights * directions
            yield f"{name}.data", (rows, counts, hx, params, True, layers, 0.0, False, directions == 2)
            padded = torch.randn(4, 3, 5)
            yield f"{name}.input", (padded, hx, params, True, layers, 0.0, False, directions == 2, False)
            yield f"{name}.input", (padded.mT.reshape(3, 4, 5), hx, params, True, layers, 0.0, False, directions == 2, True)
        cell = torch.randn(3, 7)
        yield f"{name}_cell", (torch.randn(3, 5), [cell, cell] if name == "lstm" else cell, *weights)
    yield "_pack_padded_sequence", (torch.randn(4, 3, 5), torch.tensor([4, 2, 1]), False)
    yield "_pack_padded_sequence", (torch.randn(3, 4, 5), torch.tensor([4, 2, 1]), True)
    for batch_first, length in ((False, -1), (True, -1), (True, 6)):
        yield "_pad_packed_sequence", (rows, counts, batch_first, 0.0, length)


def network_calls() -> Iterator[tuple]:
    images, channels = torch.randn(2, 4, 6, 8), torch.rand(4)
    kernel = torch.randn(6, 4, 3, 3)
    for transposed, weight in ((False, kernel), (True, torch.randn(4, 6, 3, 3))):
        args = (images, weight, None, [2, 1], [1, 0], [1, 1], transposed, [0, 0], 1, False, False, False)
        yield "_convolution", (*args, False)
        yield "_convolution.deprecated", args
    for name in ("_native_batch_norm_legit_no_training", "_batch_norm_no_update"):
        yield name, (images, channels, channels, channels, channels, 0.1, 1e-5)
    for training in (True, False):
        yield "native_batch_norm", (images, channels, channels, channels, channels, training, 0.1, 1e-5)
        yield (
            "_native_batch_norm_legit_functional",
            (images, channels, channels, channels.clone(), channels.clone(), training, 0.1, 1e-5),
        )
    yield "_batch_norm_with_update", (images, channels, channels, channels.clone(), channels.clone(), 0.1, 1e-5)
    yield "_native_batch_norm_legit.no_stats", (images, channels, channels, True, 0.1, 1e-5)
    yield "_fused_rms_norm", (images, [8], torch.rand(8), 1e-5)
    yield "_weight_norm", (kernel, torch.rand(6, 1, 1, 1), 0)
    yield "_weight_norm_interface", (kernel, torch.rand(6, 1, 1, 1), 0)
    yield "native_dropout", (images, 0.5, True)
    yield "native_dropout", (images, 0.5, False)
    yield "max_pool1d", (torch.randn(2, 3, 9), [2])
    yield "max_pool1d", (torch.randn(2, 3, 9), [3], [2], [1], [1], True)
    yield "max_pool3d", (torch.randn(2, 3, 6, 6, 6), [2, 2, 3], [], [0, 0, 1])
    yield "col2im", (torch.randn(2, 12, 35), [6, 8], [2, 2], [1, 1], [0, 0], [1, 1])
    yield "affine_grid_generator", (torch.randn(2, 2, 3), [2, 3, 5, 6], False)
    yield "affine_grid_generator", (torch.randn(2, 3, 4), [2, 3, 4, 5, 6], False)
    for mode in (0, 1, 2):
        for last in (False, True):
            offsets = torch.tensor([0, 2, 4])
            bag = (torch.randn(10, 3), torch.tensor([1, 2, 3, 4]), offsets, False, mode, False, None, last)
            yield "embedding_bag", bag
            yield "embedding_bag.padding_idx", (*bag, 2)
            yield "_embedding_bag_forward_only", bag
    x, d = torch.randn(2, 5, 8), torch.randn
    layer = (d(24, 8), d(24), d(8, 8), d(8), True, False, 1e-5, d(8), d(8), d(8), d(8), d(16, 8), d(16), d(8, 16), d(8))
    yield "_transformer_encoder_layer_fwd", (x, 8, 2, *layer)
    q = torch.randn(2, 3, 5, 8)
    for key, value in ((q, q), (torch.randn(2, 3, 7, 8), torch.randn(2, 3, 7, 8))):
        yield "_scaled_dot_product_attention_math", (q, key, value)
        yield "_scaled_dot_product_flash_attention_for_cpu", (q, key, value)
        yield "scaled_dot_product_attention", (q, key, value)
    yield "_upsample_bicubic2d_aa", (images, [3, 4], False)
    yield "_upsample_bicubic2d_aa.vec", (images, None, False, [0.5, 0.5])
    yield "upsample_bilinear2d.vec", (images, None, False, [1.3, 2.0])
    yield "_pad_circular", (images, [1, 1, 2, 0])
    yield "_pad_enum", (images, [1, 1, 2, 0], 1)
    yield "nll_loss", (torch.randn(3, 5), torch.tensor([1, 0, 4]))
    yield "nll_loss2d", (torch.randn(3, 5, 2, 2), torch.zeros(3, 2, 2, dtype=torch.int64), None, 0)


def plain_calls() -> Iterator[tuple]:
    x, y, i, b = torch.randn(3, 4), torch.randn(4), torch.arange(12).reshape(3, 4), torch.randn(3, 4) > 0
    for name in "bitwise_and bitwise_or bitwise_xor __and__ __or__ __xor__ __lshift__ __rshift__".split():
        yield f"{name}.Scalar", (i, 2)
        yield f"{name}.Tensor", (i, i.to(torch.int32))
        yield f"{name}.Scalar_Tensor", (2, i)
        yield f"{name}_.Scalar", (i.clone(), 2)
    for name in "bitwise_left_shift bitwise_right_shift".split():
        yield f"{name}.Tensor_Scalar", (i, 2)
        yield f"{name}.Scalar_Tensor", (2, i)
    for mode in ("trunc", "floor", None):
        for value in (x, i):
            yield "div.Scalar_mode", (value, 2), {"rounding_mode": mode}
            yield "divide.Tensor_mode", (value, value + 1), {"rounding_mode": mode}
    for name in "xlogy special_xlogy special_xlog1py".split():
        for value in (x, i):
            yield f"{name}.{'Scalar_Other' if name == 'xlogy' else 'other_scalar'}", (value, 2)
            yield f"{name}.{'Scalar_Self' if name == 'xlogy' else 'self_scalar'}", (2.0, value)
    yield "remainder.Scalar_Tensor", (2.5, i)
    yield "isin.Scalar_Tensor", (2, i)
    yield "isin.Tensor_Scalar", (i, 2)
    yield "bucketize.Scalar", (2.5, torch.arange(5.0))
    yield "searchsorted.Scalar", (torch.arange(5.0), 2.5), {"out_int32": True}
    yield "where.default", (b,)
    yield "where.Scalar", (b, 1, 2.0)
    yield "where.Scalar", (b, 1, 2)
    yield "where.ScalarSelf", (b, 1.0, i)
    yield "where.ScalarOther", (b, i, 1.0)
    for dtype in (torch.int32, torch.int16, torch.float64, torch.uint8):
        yield "view.dtype", (x, dtype)
    for value in (x, i):
        yield "copy", (value, y)
        yield "copy_", (value.clone(), y)
        yield "zero", (value,)
        yield "fill.Tensor", (value, torch.tensor(2.5))
        yield "fill_.Tensor", (value.clone(), torch.tensor(2.5))
        yield "fill_.Scalar", (value.clone(), 2.5)
        yield "fill_diagonal_", (value.clone(), 2)
        yield "to.other", (value, y.to(torch.float16))
        yield "to.dtype_layout", (value,), {"dtype": torch.float64}
        yield "to.device", (value, torch.device("cpu"), torch.int32)
        yield "type_as", (value, y)
        yield "split.sizes", (value, [1, 2], 0)
        yield "norm.Scalar", (x, 2)
        yield "item", (value.sum(),)
        yield "size.int", (value, -1)
        yield "stride.int", (value, 0)
        yield "numel", (value,)
        yield "dim", (value,)
        yield "sym_size.int", (value, 0)
        yield "sym_numel", (value,)
        yield "vander", (value[0],)
        yield "vander", (value[0], 3)
    yield "item", (b.any(),)
    yield "equal", (x, x)
    yield "allclose", (x, x)
    yield "norm.ScalarOpt_dtype", (x, 2), {"dtype": torch.float64}
    yield "norm.ScalarOpt_dim_dtype", (x, 2, [1], True), {"dtype": torch.float64}
    yield "norm.ScalarOpt_dim", (x.to(torch.complex64), 2, [1])
    yield "frobenius_norm.dim", (x, [0, 1], False)
    yield "_int_mm", (torch.ones(32, 16, dtype=torch.int8), torch.ones(16, 8, dtype=torch.int8))
    yield "_index_put_impl", (x, [torch.tensor([0, 1])], y)
    yield "_unsafe_index.Tensor", (x, [torch.tensor([0, 1]), None])
    yield "_unsafe_index_put", (x, [torch.tensor([0, 1])], y)
    yield "_reshape_alias", (x, [4, 3], [3, 1])
    yield "meshgrid", ([x[0], y, torch.tensor(1.0)],)
    yield "unsafe_split_with_sizes", (x, [1, 3], 1)
    yield "chain_matmul", ([x, x.mT, x],)
    for name in "hann hamming blackman kaiser".split():
        yield f"{name}_window", (9,)
        yield f"{name}_window.periodic", (9, False), {"dtype": torch.float64}
    for name in ("fft_fftfreq", "fft_rfftfreq"):
        yield name, (9,)
        yield name, (8, 0.5)
    yield "uniform", (x,)
    yield "exponential", (x,)
    yield "bernoulli.p", (x, 0.5)
    yield "normal.float_Tensor", (0.0, x.abs())
    yield "normal_", (x.clone(),)
    yield "random_", (i.clone(),)
    yield "randperm", (5,)
    yield "randint", (5, [2, 3])
    yield "randint.low", (1, 5, [2, 3]), {"dtype": torch.float32}
    yield "randn_like", (x,), {"dtype": torch.float64}
    yield "resize_", (torch.randn(3, 4), [2, 2])
    yield "adjoint", (x,)
    yield "requires_grad_", (x.clone(),)
    for rows, columns in ((3, 4), (4, 3), (3, 3)):
        for offset in (-5, -2, -1, 0, 1, 2, 5):
            yield "tril_indices", (rows, columns, offset)
            yield "triu_indices", (rows, columns, offset)


def record_direct(calls: Calls) -> None:
    for name, args, *more in (*recurrent_calls(), *network_calls(), *plain_calls()):
        target = f"aten.{name if '.' in name else name + '.default'}"
        if target not in KNOWN:
            continue
        packet, overload = target.split(".")[1:]
        operator = getattr(getattr(torch.ops.aten, packet), overload)
        kwargs = more[0] if more else {}
        given = named_arguments(operator, args, kwargs)
        with torch.no_grad():
            result = operator(*args, **kwargs)
        calls.add_entries(target, {"args": given, "results": result_entries(result)})


def main() -> None:
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    calls = Calls()
    extra = [*layouts(), *scalars(), *modules(), attention(True, True), attention(True, False), attention(False, True)]
    for function, args in extra:
        record(calls, function, args, {})
    record_direct(calls)
    record_operators(calls)
    chosen = calls.chosen()
    missing = sorted(KNOWN - {call["target"] for call in chosen})
    print(len(chosen), "calls of", len(KNOWN) - len(missing), "operators; none of", *missing)
    text = "\n".join(json.dumps(call, separators=(",", ":")) for call in chosen)
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
