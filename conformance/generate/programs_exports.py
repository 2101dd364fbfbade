"""Cases of what exports hold beside plain operators: numbers, autocast, complex operands, recurrences and images in float64.

Usage: python programs_exports.py
"""

import warnings

import torch
from torch import nn
from torch._higher_order_ops import scan, while_loop
from torch._higher_order_ops.associative_scan import associative_scan
from torch._higher_order_ops.map import map as mapped
from torch.export import Dim, export
from torch.nn import functional as F
from torch.utils._pytree import tree_leaves

from case_bundle import DATA, CaseBundle
from program_tools import BATCH, SPECIAL, floats, ints, ops
from programs import add

ANY = Dim.DYNAMIC
DOUBLE = torch.float64
LEFT, RIGHT = torch.tensor(True), torch.tensor(False)


def complexes(*shape):
    return torch.complex(floats(*shape), floats(*shape))


def doubles(*shape):
    return floats(*shape, dtype=DOUBLE)


def branch(p, x):
    return torch.cond(p, lambda x: (x * 1j, x.abs() * 1), lambda x: (x.conj() * 2, x.real * 1), (x,))


def spiral(i, x):
    return while_loop(lambda i, x: i < 4, lambda i, x: (i + 1, x * (0.5 + 0.5j)), (i, x))


def running(h, x):
    return scan(lambda h, x: (h * 0.5 + x, h - x), h, x)


def squares(x):
    return mapped(lambda row: row * row.conj() + 1j, x)


def affine_scan(a, x):
    combine = lambda p, q: (p[0] * q[0], q[0] * p[1] + q[1])
    return associative_scan(combine, (a, x), dim=0, combine_mode="pointwise")


class Autocast(nn.Module):
    """Autocast off within autocast, and beside it what it lowers and what not."""

    def __init__(self, dtype):
        super().__init__()
        self.dtype, self.conv, self.linear = dtype, nn.Conv1d(3, 4, 3), nn.Linear(5, 6)

    def forward(self, x, w):
        with torch.autocast("cpu", dtype=self.dtype):
            y = self.linear(self.conv(x).relu())
            with torch.autocast("cpu", enabled=False):
                z = y.float() @ w
            return y, z, (y @ w).softmax(-1), F.mse_loss(y, y.float().flip(1)), torch.cat([y, y.float()]), y * x.mean()


def autocast_attention(q, k, v):
    with torch.autocast("cpu", dtype=torch.float16):
        return F.scaled_dot_product_attention(q, k, v)


def interpolations(x):
    """Every mode, larger and smaller, by sizes and by scales."""
    sizes = [(5, 9), (8, 8), (13, 3), (1, 1)]
    linear = [F.interpolate(x, size=size, mode="bilinear", align_corners=aligned) for size in sizes for aligned in (True, False)]
    cubic = [F.interpolate(x, size=size, mode="bicubic", align_corners=aligned) for size in sizes for aligned in (True, False)]
    near = [F.interpolate(x, size=size, mode=mode) for size in sizes for mode in ("nearest", "nearest-exact")]
    scaled = [F.interpolate(x, scale_factor=1.7, mode=mode) for mode in ("bilinear", "bicubic", "nearest", "nearest-exact")]
    return [*linear, *cubic, *near, *scaled]


def antialiased(x):
    settings = [{"mode": mode, "align_corners": aligned, "antialias": True} for mode in ("bilinear", "bicubic") for aligned in (True, False)]
    sizes = [{"size": size} for size in ((5, 9), (8, 8), (13, 3), (1, 1))] + [{"scale_factor": 0.6}, {"scale_factor": 1.7}]
    return [F.interpolate(x, **size, **setting) for setting in settings for size in sizes]


def along_lines(x):
    return [F.interpolate(x, size=size, mode=mode) for size in (5, 12) for mode in ("linear", "nearest")]


def in_volumes(x):
    return [F.interpolate(x, size=(3, 7, 2), mode=mode) for mode in ("trilinear", "nearest", "nearest-exact")]


def masked_index(x, i, j, mask):
    taken = ops._unsafe_masked_index(x, mask, [i, j], 2.5)
    return taken, ops._unsafe_masked_index_put_accumulate(x, mask, [i, j], taken), ops._unsafe_masked_index(x, mask[:1], [None, j], -1)


def other_names(x):
    """Operators under names that PyTorch's functions do not give them."""
    small, near = x.abs() + 0.5, x.tanh() * 0.9
    special = [ops.special_digamma(small), ops.special_psi(small), ops.special_gammaln(small), ops.special_i0(x), ops.special_erfc(x)]
    more = [ops.special_erfinv(near), ops.special_sinc(x), ops.special_multigammaln(small + 1, 2), ops.special_softmax(x, 1)]
    copies = [ops.slice_copy.Tensor(x, 1, 1, 5, 2), *ops.split_copy.Tensor(x, 2, 1), ops.special_log_softmax(x, 0)]
    images = x[None, None]
    sized = [op.default(images, [3, 4], False) for op in (ops._upsample_bilinear2d_aa, ops._upsample_bicubic2d_aa)]
    return [*special, *more, *copies, *sized]


def places(x):
    return ops.where.default(x > 0)


def pieces(x, at):
    return torch.tensor_split(x, at, dim=1)


def open_pieces(x):
    return ops.tensor_split.indices(x, [1, x.shape[0] - 1])


class Recurrent(nn.Module):
    def __init__(self, layer, dtype=DOUBLE):
        super().__init__()
        self.layer = layer.to(dtype)

    def forward(self, x):
        output, state = self.layer(x)
        return output, *(state if isinstance(state, tuple) else (state,))


NEAR = torch.cat([SPECIAL, torch.tensor([2.0, -2.0, 2.0**-126, 2.0**-149, 3.4028234663852886e38, 0.0])])

FIXED = {
    "cond.complex": (branch, [(p, complexes(3, 2)) for p in (LEFT, RIGHT)]),
    "while_loop.complex": (spiral, [(torch.tensor(i), complexes(3)) for i in (0, 2, 9)]),
    "scan.complex": (running, [(complexes(3), complexes(4, 3))]),
    "map.complex": (squares, [(complexes(4, 3),)]),
    "associative_scan": (affine_scan, [(floats(6, 3), floats(6, 3))]),
    "associative_scan.one": (affine_scan, [(floats(1, 3), floats(1, 3))]),
    "interpolate.float64": (interpolations, [(doubles(2, 3, 8, 8),)]),
    "interpolate1d.float64": (along_lines, [(doubles(2, 3, 8),)]),
    "interpolate3d.float64": (in_volumes, [(doubles(1, 2, 4, 4, 4),)]),
    "antialias": (antialiased, [(floats(2, 3, 8, 8),)]),
    "antialias.float64": (antialiased, [(doubles(1, 2, 8, 8),)]),
    "autocast.attention": (autocast_attention, [tuple(floats(2, 3, 4) for _ in range(3))]),
    "masked_index": (masked_index, [(floats(4, 5), ints(3, 6, low=-2, high=7), ints(6, low=-2, high=7), torch.rand(3, 6) > 0.3)]),
    "other_names": (other_names, [(floats(4, 6),)]),
    "where": (places, [(floats(4, 6),)]),
    "nextafter": (torch.nextafter, [(NEAR, NEAR.flip(0)), (NEAR, -NEAR), (NEAR, NEAR), (NEAR.roll(3), torch.zeros(19)), (NEAR, NEAR.roll(1))]),
    "lstm.projected": (Recurrent(nn.LSTM(3, 5, 2, proj_size=2, bidirectional=True), torch.float32), [(floats(4, 2, 3),)]),
    "lstm.unbatched": (Recurrent(nn.LSTM(3, 5, bias=False)), [(doubles(4, 3),)]),
}

HEIGHT, WIDTH = Dim("height", min=4, max=64), Dim("width", min=4, max=64)
IMAGES = {0: BATCH, 2: HEIGHT, 3: WIDTH}


def sequences(*sizes):
    return [(doubles(batch, length, 3),) for batch, length in sizes]


def scaled(**settings):
    return lambda x: F.interpolate(x, **settings)


SYMBOLIC = {
    "autocast.bfloat16": (Autocast(torch.bfloat16), [(floats(n, 3, 7), floats(6, 6)) for n in (2, 1, 4)], ({0: BATCH}, None)),
    "autocast.float16": (Autocast(torch.float16), [(floats(n, 3, 7), floats(6, 6)) for n in (2, 1, 4)], ({0: BATCH}, None)),
    "interpolate.float64.open": (
        scaled(scale_factor=1.5, mode="bilinear"),
        [(doubles(n, 2, h, w),) for n, h, w in ((2, 6, 4), (1, 5, 9))],
        (IMAGES,),
    ),
    "antialias.open": (
        scaled(size=(6, 5), mode="bicubic", antialias=True),
        [(floats(n, 2, h, w),) for n, h, w in ((2, 6, 4), (1, 17, 9))],
        (IMAGES,),
    ),
    "pieces.at_positions": (pieces, [(floats(2, 7), torch.tensor(at)) for at in ([2, 5], [0, 7], [3, 3])], (None, None)),
    "pieces.open": (open_pieces, [(floats(n, 2),) for n in (7, 8, 9)], ({0: ANY},)),
    "lstm.float64": (
        Recurrent(nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True)),
        sequences((2, 5), (1, 5), (3, 5)),
        ({0: BATCH},),
    ),
    "gru.float64": (Recurrent(nn.GRU(3, 4, 2, batch_first=True)), sequences((2, 5), (1, 5), (3, 5)), ({0: BATCH},)),
    "rnn.float64": (
        Recurrent(nn.RNN(3, 4, bidirectional=True, batch_first=True, nonlinearity="relu")),
        sequences((2, 4), (1, 4)),
        ({0: BATCH},),
    ),
}


class Sizes(nn.Module):
    """Gives numbers beside tensors."""

    def forward(self, x):
        return x.sum(0), x.shape[0], [x.shape[0] * x.shape[1] + 1]


class Repeated(nn.Module):
    """Takes a number."""

    def forward(self, x, n):
        return x.expand(n, 2, 3) * n, x.new_ones(n, 2).cumsum(0)


class Cache(nn.Module):
    """Keeps what it has seen; one buffer it only reads."""

    def __init__(self):
        super().__init__()
        self.register_buffer("kept", torch.zeros(2, 6, 3))
        self.register_buffer("scale", floats(3))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64), persistent=False)
        self.linear = nn.Linear(3, 3)

    def forward(self, x, at):
        before = self.kept.sum()
        self.kept.index_copy_(1, at, self.linear(x) * self.scale)
        self.kept[:, 0].mul_(2)
        self.count += 1
        return x @ self.kept.mT, before + self.count


def add_with_state(bundle, name, decomposed):
    """State is handed in after the inputs, and out after the outputs."""
    module, runs = Cache(), []
    given = [(floats(2, 1, 3), torch.tensor([at])) for at in (0, 4, 5)]
    program = export(module, given[0])
    for inputs in given:
        before = [module.kept.clone(), module.count.clone()]
        outputs = [*module(*inputs)]
        runs.append(([*inputs, *before], [*outputs, module.kept.clone(), module.count.clone()]))
    bundle.add(name, program.run_decompositions() if decomposed else program, runs)


def as_tensors(values):
    return [value if isinstance(value, torch.Tensor) else torch.tensor(value) for value in tree_leaves(values)]


def add_with_numbers(bundle, name, module, samples, dynamic):
    """Numbers are tensors without axes outside."""
    program = export(module, samples[0], dynamic_shapes=dynamic)
    bundle.add(name, program, [(as_tensors(inputs), as_tensors(module(*inputs))) for inputs in samples])


def main() -> None:
    bundle = CaseBundle()
    for name, (function, samples) in FIXED.items():
        add(bundle, f"fixed.{name}", function, samples)
    for name, (function, samples, dynamic) in SYMBOLIC.items():
        add(bundle, f"symbolic.{name}", function, samples, dynamic)
    add_with_numbers(bundle, "numbers.given", Sizes(), [(floats(n, 3),) for n in (4, 2)], ({0: BATCH},))
    add_with_numbers(bundle, "numbers.taken", Repeated(), [(floats(2, 3), n) for n in (3, 5)], (None, ANY))
    with torch.no_grad():
        add_with_state(bundle, "state", decomposed=False)
        add_with_state(bundle, "state.decomposed", decomposed=True)
    bundle.write(DATA / "operators" / "exports.zip")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    main()
