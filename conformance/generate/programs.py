"""Cases that OpInfo lacks: symbolic sizes, operators under their other names, dtypes beside the common ones, corners.

Usage: python programs.py
"""

import warnings

import torch
from case_bundle import DATA, CaseBundle
from torch import nn
from torch.export import Dim, export
from torch.nn import functional as F

BATCH, LENGTH = Dim("batch", min=1, max=64), Dim("length", min=2, max=64)
ops = torch.ops.aten


class Program(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *tensors):
        return self.function(*tensors)


def floats(*shape, dtype=torch.float32):
    return torch.randn(*shape).to(dtype)


def ints(*shape, low=-9, high=10, dtype=torch.int64):
    return torch.randint(low, high, shape).to(dtype)


def bools(*shape):
    return torch.rand(*shape) > 0.4


def nonzero_ints(*shape, dtype=torch.int64):
    values = ints(*shape, dtype=dtype)
    return torch.where(values == 0, torch.full_like(values, 3), values)


SPECIAL = torch.tensor([0.0, -0.0, 1.0, -1.5, 2.5, -3.5, 1e-6, -1e-6, 80.0, -80.0, float("inf"), float("-inf"), float("nan")])

def write(x):
    table = torch.zeros(x.shape[0] + 1, x.shape[1])
    table[1:] = x
    table[0, 1:] += x[0, :-1]
    table[:, -1] = 5
    return table, table.t()


# name: (function, tensors)
FIXED = {
    # other names of operators
    "synonyms_unary": (lambda x: (torch.absolute(x), torch.negative(x), torch.fix(x), torch.special.expit(x), torch.special.erf(x),
                                  torch.special.exp2(x), torch.special.expm1(x), torch.special.round(x)), [floats(3, 4)]),
    "synonyms_arcs": (lambda x: (torch.arcsin(x), torch.arccos(x), torch.arctan(x), torch.arcsinh(x), torch.arctanh(x), torch.arccosh(1 + x.abs())),
                      [torch.rand(3, 4) - 0.5]),
    "synonyms_logs": (lambda x: (torch.special.log1p(x), torch.special.logit(x), torch.special.logsumexp(x, 1), torch.special.round(x, decimals=2)),
                      [torch.rand(3, 4)]),
    "synonyms_binary": (lambda x, y: (torch.multiply(x, y), torch.subtract(x, y), torch.divide(x, y), torch.true_divide(x, y), torch.multiply(x, 2),
                                      torch.subtract(x, 2), torch.divide(x, 3), torch.true_divide(x, 3)), [floats(3, 4), floats(4)]),
    "synonyms_comparison": (lambda x, y: (torch.greater(x, y), torch.greater_equal(x, y), torch.less(x, y), torch.less_equal(x, y), torch.not_equal(x, y),
                                          torch.greater(x, 1), torch.greater_equal(x, 1), torch.less(x, 1), torch.less_equal(x, 1), torch.not_equal(x, 1)),
                            [ints(3, 4), ints(4)]),
    "synonyms_shape": (lambda x: (torch.concat([x, x], 1), torch.concatenate([x, x]), torch.moveaxis(x, 0, 2), torch.movedim(x, (0, 1), (2, 0)),
                                  torch.moveaxis(x, (0, 1), (1, 2)), torch.swapaxes(x, 0, 1), torch.swapdims(x, -1, 0), x.adjoint(), torch.movedim(x, 2, 0)),
                       [floats(2, 3, 4)]),
    "synonyms_other": (lambda x, y: (torch.clip(x, -1, 1), torch.clip(x, max=y), torch.ger(x[0], y), torch.linalg.matmul(x, y)), [floats(3, 4), floats(4)]),
    "divide_modes": (lambda x, y: (torch.divide(x, y, rounding_mode="floor"), torch.divide(x, 3, rounding_mode="trunc"),
                                   torch.true_divide(x, 3), torch.div(x, -1, rounding_mode="floor")), [ints(3, 4), nonzero_ints(4)]),
    # overloads with numbers
    "scalars": (lambda x: (ops.sub.Scalar(x, 2.5, 2), ops.div.Scalar(x, 3), ops.div.Scalar_mode(x, 3, rounding_mode="floor"), ops.fmod.Scalar(x, -3),
                           ops.remainder.Scalar(x, -3), ops.pow.Scalar(2, x), 3 ** x, 5 % nonzero(x), x // 0.7, 1 - x, 2 / nonzero(x)), [floats(3, 4)]),
    "scalars_int": (lambda x: (x - 3, x * -2, x / 4, x // 4, x // -4, x % 4, x % -4, torch.fmod(x, -4), x ** 3, x ** 0, x & 6, x | 6, x ^ 6, ~x, 3 - x,
                               torch.floor_divide(x, -1), x % -1, x + 2.5, x * True), [ints(5, 6)]),
    "scalars_bool": (lambda x: (x & True, x | False, x ^ True, ~x, x + 1, x * 2.5, x == True, x.sum(), x.long() - 1, x + True), [bools(3, 4)]),
    "operators": (lambda x, y: (x & y, x | y, x ^ y, ops.__and__.Scalar(x, 3), ops.__or__.Scalar(x, 3), ops.__xor__.Scalar(x, 3), ops.__and__.Tensor(x, y),
                                ops.__or__.Tensor(x, y), ops.__xor__.Tensor(x, y), ops.bitwise_and.Scalar(x, 5), ops.bitwise_or.Scalar(x, 5), ops.bitwise_xor.Scalar(x, 5)),
                  [ints(3, 4), ints(4)]),
    "int_division": (lambda x, y: (x // y, x % y, torch.fmod(x, y), torch.div(x, y, rounding_mode="trunc"), x / y), [ints(6, 7), nonzero_ints(6, 7)]),
    "int_division_narrow": (lambda x, y: (x // y, x % y, torch.fmod(x, y), torch.div(x, y, rounding_mode="trunc")),
                            [ints(6, 7, dtype=torch.int8), nonzero_ints(6, 7, dtype=torch.int8)]),
    "uint8_division": (lambda x, y: (x // y, x % y, x / y, x - y, x * y), [ints(6, 7, low=0, high=250, dtype=torch.uint8), ints(6, 7, low=1, high=250, dtype=torch.uint8)]),
    "float_division": (lambda x, y: (x // y, x % y, torch.fmod(x, y), torch.div(x, y, rounding_mode="trunc")), [floats(6, 7) * 5, floats(6, 7)]),
    "float_division_exact": (lambda x, y: (x // y, x % y), [torch.arange(-12, 12) * 0.1, torch.full((24,), 0.1)]),
    "negative_one_divisor": (lambda x, y: (x // y, x % y), [torch.tensor([-(2**63), 5, -7, 2**63 - 1]), torch.tensor([-1, -1, -1, -1])]),
    # promotion
    "mixed_dtypes": (lambda a, b, c, d: (a + b, a * c, b - d, a < b, b == d, c + d, torch.where(a > 0, a, b), torch.cat([a, b]), torch.maximum(b, d), a + c[0], torch.stack([b, d])),
                     [floats(4), ints(4), ints(4, dtype=torch.int32), ints(4, dtype=torch.int16)]),
    "zero_dim_promotion": (lambda x, i, h, y: (x * h, i + y, i * 2.5, h + i, i > y, (i > 2.5), h * 0.1, i / 3), [floats(3), ints(3), floats(3, dtype=torch.float16), torch.tensor(1.5)]),
    "bfloat16": (lambda x, w, b: (F.linear(x, w, b), F.softmax(x, -1), F.layer_norm(x, (8,)), F.gelu(x), x @ w.t(), torch.where(x > 0, x, -x), x.sum(1), F.pad(x, (1, 1)), x.expand(2, 4, 8)),
                 [floats(4, 8, dtype=torch.bfloat16), floats(6, 8, dtype=torch.bfloat16), floats(6, dtype=torch.bfloat16)]),
    "float64": (lambda x, w: (x @ w, F.softmax(x, 0), F.layer_norm(x, (4,)), x.exp(), x.sum(1), x.std(1), F.silu(x), x.clamp(-0.5, 0.5)), [floats(3, 4, dtype=torch.float64), floats(4, 5, dtype=torch.float64)]),
    "small_ints": (lambda x, y: (x + 1, x * 2, -x, x.abs(), x.clamp(-3, 3), torch.where(x > 2, x, -x), x.sum(0), x.cumsum(1), x.amax(1), x.argmax(1), x.tril(), y.triu(), torch.maximum(x, x + 1),
                                 x.sort(1).values, F.pad(x, (1, 2), value=5), x.float(), y.cumsum(0), y.sum(), torch.minimum(y, y.flip(0)), x.prod(), F.relu(x), x.max(1).values),
                   [ints(3, 4, dtype=torch.int16), ints(3, 4, low=0, dtype=torch.uint8)]),
    "int8": (lambda x: (x + x, x.amax(0), x.sum(), x.where(x > 0, x * 2), x.cumsum(0), x.tril(), x.clamp(max=3), x.repeat(2, 1), x.roll(1, 1)), [ints(3, 4, dtype=torch.int8) * 12]),
    "int32": (lambda x: (x * 3, x @ x.t(), x // 3, x.amin(1), x.float() / 2, x ** 2, x.prod(0), x.eq(3), x.max(), torch.where(x > 0, x, 0)), [ints(3, 4, dtype=torch.int32)]),
    "bool_tensors": (lambda x, y: (x & y, torch.where(x, y, ~y), x.any(1), x.all(0), x.sum(1), x.cumsum(0), torch.cat([x, y]), x.float().mean(), x.tril(), x.expand(2, 3, 4), x.long().argmax(1),
                                   x.repeat(2, 1), F.pad(x, (1, 1)), x.masked_fill(y, True), x.max(), x < y, x.flip(0), x[:, 1]), [bools(3, 4), bools(3, 4)]),
    "special_values": (lambda x: (torch.relu(x), torch.sigmoid(x), torch.tanh(x), F.silu(x), torch.exp(x), torch.log1p(x), torch.expm1(x), x.clamp(-1, 1), F.hardtanh(x), F.elu(x),
                                  F.leaky_relu(x), F.hardswish(x), F.hardsigmoid(x), F.softplus(x), F.mish(x), x.round(), x.floor(), x.trunc(), x.frac(), x.sign(), x.isnan(), x.isinf(), x.nan_to_num(),
                                  torch.maximum(x, x.flip(0)), x == x, x != x, x > 0, x.to(torch.bool), F.threshold(x, 0.5, 9.0), F.softshrink(x), F.hardshrink(x), x.square(), x.rsqrt(), x.log2()), [SPECIAL]),
    "nan_reductions": (lambda x: (x.amax(1), x.amin(0), x.max(), x.max(1), x.min(1), x.argmax(1), x.argmin(), x.sum(1), x.mean(0), x.sort(1), x.topk(2).values),
                       [torch.where(torch.rand(4, 5) > 0.8, float("nan"), torch.randn(4, 5))]),
    "powers": (lambda x: (x ** 2, x ** 3, x ** 0.5, x ** -0.5, x ** -1, x ** -2, x ** 1, x ** 0, x ** 2.5, 2 ** x, x ** x), [torch.rand(3, 4) + 0.2]),
    # conversions and copies
    "conversions": (lambda x, y: (x.to(torch.int64), x.type_as(y), x.to(y), ops._to_copy(x, dtype=torch.float16), x.to("cpu", torch.float64), x.half().float(), x.contiguous(), x.clone(), x.detach(),
                                  x.bool(), (x * 40).to(torch.int8), y.to(torch.float32), ops.alias(x), torch.empty_like(x).fill_(2), x.new_full((2,), 7)), [floats(3, 4), ints(2)]),
    "constants": (lambda x: (x + torch.tensor([1.0, 2.0]), x * torch.tensor(3), torch.ones(2) + x, torch.zeros(3, 2, dtype=torch.int64), torch.full((2, 2), 1.5), torch.full((2,), 3), torch.eye(3), torch.eye(2, 3),
                             torch.arange(5), torch.arange(1, 8, 3), torch.arange(0.0, 1.0, 0.3), torch.linspace(-1, 1, 7), torch.linspace(2, 5, 1), torch.scalar_tensor(2.5), x.new_zeros((2,)), x.new_ones((3,), dtype=torch.bool),
                             torch.full_like(x, float("-inf")), torch.zeros_like(x, dtype=torch.int32), torch.ones_like(x), torch.arange(3, dtype=torch.float16), torch.arange(10, 0, -2)), [floats(2, 2)]),
    "unchanged": (lambda x, y: (x, y, x, x + 0, x.detach()), [floats(2, 3), ints(2)]),
    # pieces
    "splits": (lambda x: (*x.split(3, 1), *x.split([1, 4, 2], 1), *x.chunk(3, 1), *x.tensor_split(3, 1), *x.tensor_split((1, 5), 1), *x.unbind(0), *torch.unsafe_split(x, 2, 0), *torch.unsafe_chunk(x, 2, 1),
                          *ops.unsafe_split_with_sizes(x, [3, 4], 1), *ops.split.sizes(x, [2, 5], 1), *x.chunk(9, 1)), [floats(3, 7)]),
    "slices": (lambda x: (x[1:], x[:, -2:], x[..., ::2], x[:, 1:100], x[-1], x[:, -2], x[None], x[:, None, 2], x.narrow(1, 1, 2), x.narrow(1, -2, 2), x.select(1, 3), x[3:1], x.flip(0, 1), x.roll(2, 1), x.roll((1, -1), (0, 1)),
                          x.roll(5), x.t(), x.mT), [floats(4, 5)]),
    "index": (lambda x, i, j, m: (x[i], x[:, i], x[i, j], x[:, i, j], x[i, :, j], x[m], x[:, :, m[0, :5]], x[i[:, None], j], x[..., i], x[-1, i], x[i, 1:3]),
              [floats(4, 5, 5), torch.tensor([0, -1, 2]), torch.tensor([1, 1, -2]), bools(4, 5)]),
    "index_put": (lambda x, i, j, m, v: (x.index_put((i,), v), x.index_put((i, j), torch.tensor(3.0)), x.masked_fill(m, 2.0), x.index_put((m,), torch.tensor(5.0)), x.index_put((i,), v, accumulate=True)),
                  [floats(4, 5), torch.tensor([0, 2, 0]), torch.tensor([1, 3, 4]), bools(4, 5), floats(5)]),
    "gathers": (lambda x, i: (x.gather(1, i), x.index_select(0, torch.tensor([2, 0])), x.scatter(1, i, 9.0), x.scatter(1, i, x * 2), x.scatter_add(1, i, x), x.gather(-1, i)),
                [floats(3, 4), torch.tensor([[0, 1], [3, 2], [1, 0]])]),
    "one_hot": (lambda i: F.one_hot(i, 6), [ints(3, 2, low=0, high=6)]),
    "embedding": (lambda i, w: (F.embedding(i, w), F.embedding(i[0], w, padding_idx=0)), [ints(2, 3, low=0, high=5), floats(5, 4)]),
    "nonzero": (lambda x: x.nonzero(), [bools(3, 4)]),
    "repeats": (lambda x: (x.repeat(2, 1), x.repeat(2, 1, 3), x.tile((2,)), x.tile((2, 2)), x.repeat_interleave(2), x.repeat_interleave(3, 1), x.expand(4, -1, 3), x.broadcast_to(2, 2, 3)), [floats(2, 3)]),
    "meshgrid": (lambda x, y: (*torch.meshgrid(x, y, indexing="ij"), *torch.meshgrid(x, y, indexing="xy"), *torch.meshgrid(x, y)), [floats(3), floats(2)]),
    "zero_dim": (lambda x: (x.sum(), x.sum(0), x.amax(), x.max(), x.argmax(), x.softmax(0), x.cumsum(0), x.unsqueeze(0), x.reshape(1), x.reshape(()), x.expand(3), x.any(), x.flatten(), x.sort(), x.topk(1), x.permute(()), x.squeeze(),
                            x.mean(), torch.stack([x, x]), x.log_softmax(-1), x.view(1, 1), x.std(unbiased=False), x.norm(), x.logsumexp(0)), [torch.tensor(-2.5)]),
    "empty": (lambda x: (x + 1, x.sum(), x.sum(1), x.prod(1), x.reshape(2, 0), torch.cat([x, torch.ones(1, 2)]), x.any(), x.all(), x.mean(), torch.cat([torch.empty(0), torch.ones(2, 2)]), x.transpose(0, 1), x @ torch.ones(2, 3), x.softmax(1)),
              [torch.empty(0, 2)]),
    # reductions
    "reductions": (lambda x: (x.sum((0, 2)), x.sum((0, 2), keepdim=True), x.mean((-1, -2)), x.var(1), x.var((0, 1), correction=0), x.std(2, keepdim=True), x.amax((0, 1)), x.prod(1), x.logsumexp((1, 2)), x.norm(), x.norm(dim=1), x.norm(1, 2),
                              torch.linalg.vector_norm(x, float("inf")), torch.linalg.vector_norm(x, 3, dim=1), x.argmin(1, keepdim=True), x.argmax(keepdim=True), x.all(1), x.any((0, 1)), torch.var_mean(x, 1), torch.std_mean(x, (0, 2)),
                              torch.norm(x, 0, 1), torch.norm(x, 2, dim=1, dtype=torch.float64), torch.norm(x, 1.5), ops.norm.ScalarOpt_dtype(x, 2, dtype=torch.float64)), [floats(2, 3, 4)]),
    "int_reductions": (lambda x: (x.sum(), x.sum(1), x.prod(0), x.amax(0), x.max(1), x.cumsum(1), x.argmax(1), x.float().mean(), x.any(), x.sort(1), x.topk(2).values, x.min(), x.sum(dtype=torch.float32)), [ints(3, 5)]),
    "sorts": (lambda x: (x.sort(1), x.sort(0, descending=True), x.sort(stable=True, dim=1, descending=True), x.argsort(1), x.argsort(dim=1, stable=True), x.topk(3, largest=False), x.topk(2, 0), x.topk(2, sorted=True)), [torch.randperm(20).view(4, 5).float()]),
    "sort_ties": (lambda x: (x.sort(dim=1, stable=True), x.sort(dim=1, stable=True, descending=True), x.argsort(dim=0, stable=True)), [ints(4, 9, low=0, high=3)]),
    # linear algebra
    "products": (lambda a, b, v: (a @ b, a[0] @ b[0], v @ b[0], a[0] @ v, v @ v, torch.bmm(a, b), a.matmul(b[0]), torch.mm(a[0], b[0]), torch.mv(a[0], v), torch.dot(v, v), torch.outer(v, v), v @ b), [floats(2, 3, 4), floats(2, 4, 5), floats(4)]),
    "added_products": (lambda m, a, b: (torch.addmm(m, a, b), torch.addmm(m, a, b, beta=0.5, alpha=2), torch.addmm(m[0], a, b, beta=0), torch.baddbmm(m[None], a[None], b[None], beta=0.5), torch.addbmm(m, a[None], b[None]), torch.addmv(m[:, 0], a, b[:, 0]), torch.addcmul(m, m, m, value=2),
                                        torch.addcdiv(m, m, m + 5), torch.lerp(m, m * 2, 0.3), torch.lerp(m, m * 2, m)), [floats(3, 5), floats(3, 4), floats(4, 5)]),
    "int_products": (lambda a, b: (a @ b, torch.addmm(a @ b, a, b), F.linear(a, b.t())), [ints(3, 4), ints(4, 5)]),
    "linears": (lambda x, w, b: (F.linear(x, w), F.linear(x, w, b), F.linear(x[0], w, b), F.linear(x[0, 0], w, b), F.linear(x[None], w, b)), [floats(2, 3, 4), floats(5, 4), floats(5)]),
    "einsum": (lambda a, b: (torch.einsum("bij,bjk->bik", a, b), torch.einsum("bij, bjk -> bi", a, b), torch.einsum("bij->ji", a), torch.einsum("...ij,...jk->...ik", a, b), torch.einsum("bij,bjk", a, b), torch.einsum("bii->bi", a[:, :, :3])), [floats(2, 3, 4), floats(2, 4, 5)]),
    # networks
    "convolutions": (lambda x, w, b: (F.conv2d(x, w, b, 2, 1), F.conv2d(x, w, None, (1, 2), (2, 0), (2, 1)), F.conv2d(x, w, b, padding="same", dilation=2), F.conv2d(x, w, padding="valid"), F.conv2d(x[0], w, b), F.conv2d(x, w[:, :2], b, groups=2),
                                      F.conv1d(x[:, :, 0], w[:, :, 0], b, 2, 1), F.conv1d(x[:, :, 0], w[:, :, 0], b, padding="same"), ops._convolution(x, w, b, [1], [1], [1], False, [0], 1, False, False, True, True),
                                      ops.convolution(x, w, b, [2, 1], [1, 0], [1, 1], False, [0, 0], 1)), [floats(2, 4, 7, 8), floats(6, 4, 3, 2), floats(6)]),
    "transposed_convolutions": (lambda x, w, b: (F.conv_transpose2d(x, w, b, 2, 1, 1), F.conv_transpose2d(x, w, None, (2, 1), (1, 0)), F.conv_transpose2d(x, w, dilation=2), F.conv_transpose2d(x[0], w), F.conv_transpose1d(x[:, :, 0], w[:, :, 0], b, 3, 1),
                                                 F.conv_transpose2d(x, w, None, groups=2), ops.convolution(x, w, None, [2, 2], [0, 0], [1, 1], True, [1, 0], 1)), [floats(2, 4, 5, 6), floats(4, 3, 3, 2), floats(3)]),
    "convolutions3d": (lambda x, w: (F.conv3d(x, w, None, 1, 1), F.conv3d(x, w, padding="same"), F.conv_transpose3d(x, w.transpose(0, 1), stride=2), F.max_pool3d(x, 2), F.avg_pool3d(x, 3, 2, 1), F.adaptive_avg_pool3d(x, (1, 2, 3)),
                                     F.max_pool3d(x, 2, return_indices=True)), [floats(1, 2, 4, 5, 6), floats(3, 2, 3, 3, 3)]),
    "max_pools": (lambda x: (F.max_pool2d(x, 2), F.max_pool2d(x, 3, 2, 1), F.max_pool2d(x, 3, 2, 1, ceil_mode=True), F.max_pool2d(x, (2, 3), (1, 2), (1, 0), (1, 2)), F.max_pool2d(x, 3, 2, return_indices=True), F.max_pool2d(x[0], 2), F.max_pool1d(x[:, 0], 3, 2),
                             F.adaptive_max_pool2d(x, (1, 1)), F.adaptive_max_pool2d(x, (3, 3)), F.adaptive_max_pool1d(x[:, 0], 2), F.max_pool2d(x[0], 2, return_indices=True)), [floats(2, 3, 7, 9)]),
    "average_pools": (lambda x: (F.avg_pool2d(x, 2), F.avg_pool2d(x, 3, 2, 1), F.avg_pool2d(x, 3, 2, 1, ceil_mode=True), F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), F.avg_pool2d(x, 3, 2, 1, True, False), F.avg_pool2d(x, 2, divisor_override=3), F.avg_pool1d(x[:, 0], 3, 1, 1),
                                 F.avg_pool2d(x[0], 2), F.avg_pool2d(x, (2, 3), (2, 1), (1, 0))), [floats(2, 3, 7, 9)]),
    "adaptive_pools": (lambda x: (F.adaptive_avg_pool2d(x, 1), F.adaptive_avg_pool2d(x, (7, 7)), F.adaptive_avg_pool2d(x, (3, 4)), F.adaptive_avg_pool2d(x, (None, 1)), F.adaptive_avg_pool2d(x[0], 2), F.adaptive_avg_pool1d(x[:, 0], 4), F.adaptive_avg_pool2d(x, (7, 3))), [floats(2, 3, 7, 9)]),
    "norms": (lambda x, w, b: (F.batch_norm(x, b, w.abs(), w, b), F.batch_norm(x, b, w.abs()), F.batch_norm(x[:, :, 0, 0], b, w.abs(), w, b, eps=0.1), F.layer_norm(x, (5, 6)), F.layer_norm(x, (6,), eps=0.01), F.group_norm(x, 2, w, b), F.group_norm(x, 4), F.group_norm(x[:, :, 0, 0], 2, w, b),
                               F.instance_norm(x), F.instance_norm(x, b, w.abs(), w, b, use_input_stats=False), F.rms_norm(x, (6,)), F.rms_norm(x, (5, 6), eps=0.1), F.instance_norm(x[:, :, 0], weight=w, bias=b), F.batch_norm(x, None, None, w, b, True)),
              [floats(2, 4, 5, 6), floats(4), floats(4)]),
    "native_norms": (lambda x, w, b: (*ops.native_layer_norm(x, [6], None, None, 1e-5), ops._native_batch_norm_legit_no_training(x, w, b, b, w.abs(), 0.1, 1e-5)[0], ops.native_group_norm(x, w, b, 2, 4, 30, 2, 1e-5)[0], ops._native_batch_norm_legit.no_stats(x, w, b, True, 0.1, 1e-5)[0],
                                      ops._batch_norm_no_update(x, w, b, b, w.abs(), 0.1, 1e-5)[0], ops._fused_rms_norm(x, [6], None, 1e-5)[0], ops.native_dropout(x, 0.5, False)[0]), [floats(2, 4, 5, 6), floats(4), floats(4)]),
    "weight_norm": (lambda v, g: (torch._weight_norm(v, g, 0), torch._weight_norm(v, g.view(1, 4), 1)), [floats(4, 4), floats(4, 1)]),
    "attention": (lambda q, k, v, m, f: (F.scaled_dot_product_attention(q, k, v), F.scaled_dot_product_attention(q, k, v, m), F.scaled_dot_product_attention(q, k, v, f), F.scaled_dot_product_attention(q, k, v, is_causal=True), F.scaled_dot_product_attention(q, k, v, scale=0.3),
                                         F.scaled_dot_product_attention(q[0], k[0], v[0], f[0]), F.scaled_dot_product_attention(q[:, :, :4], k[:, :2], v[:, :2], enable_gqa=True), F.scaled_dot_product_attention(q, k, v, torch.zeros(3, 5, dtype=torch.bool)),
                                         ops._scaled_dot_product_flash_attention_for_cpu(q, k, v)[0]),
                  [floats(2, 4, 3, 8), floats(2, 4, 5, 8), floats(2, 4, 5, 8), torch.tensor([[True, False, True, True, False], [False] * 5, [True] * 5]), torch.where(bools(2, 4, 3, 5), 0.3, float("-inf"))]),
    "activations": (lambda x, w: (F.prelu(x, w), F.prelu(x, w[:1]), F.elu(x, 0.5), F.celu(x, 0.7), F.selu(x), F.glu(x, 2), F.softplus(x, 2, 1), F.logsigmoid(x), F.threshold(x, 0.1, 20), F.hardshrink(x, 0.3), F.softshrink(x, 0.3), F.relu6(x * 9), F.hardtanh(x, -0.2, 0.4), F.gelu(x, approximate="tanh"),
                                    F.softmax(x, 0), F.log_softmax(x, 1), F.softmax(x, 1, dtype=torch.float64), F.tanhshrink(x), F.softsign(x), ops._prelu_kernel(x, w.view(1, 3, 1))), [floats(2, 3, 4), floats(3)]),
    "pads": (lambda x: (F.pad(x, (1, 2)), F.pad(x, (1, 2, 0, 3), value=2.5), F.pad(x, (-1, 1)), F.pad(x, (2, 1, 0, 1), "reflect"), F.pad(x, (1, 2, 2, 1), "replicate"), F.pad(x, (1, 2, 2, 1), "circular"), F.pad(x, (1, -1, -1, 2), "replicate"), F.pad(x, (0, 0)), F.pad(x, (1, 2, -1, 1), "reflect")), [floats(2, 3, 4, 5)]),
    "native_pads": (lambda x: (ops.reflection_pad1d(x, [2, 1]), ops.replication_pad1d(x, [1, 3]), ops.reflection_pad2d(x[None], [1, 2, 2, 1]), ops.replication_pad2d(x[None], [1, 2, 2, 1]), ops.reflection_pad3d(x[None], [1, 1, 1, 1, 1, 1]), ops.replication_pad3d(x[None], [1, 1, 1, 1, 1, 1]),
                               ops.constant_pad_nd(x, [1, 1], 3)), [floats(3, 4, 5)]),
    "upsampling": (lambda x: (F.interpolate(x, scale_factor=2), F.interpolate(x, size=(5, 11)), F.interpolate(x, scale_factor=1.3), F.interpolate(x, scale_factor=1.3, mode="bilinear"), F.interpolate(x, size=(5, 11), mode="bilinear"), F.interpolate(x, size=(5, 11), mode="bilinear", align_corners=True),
                              F.interpolate(x, scale_factor=1.3, mode="bilinear", recompute_scale_factor=True), F.interpolate(x, size=(6, 10), mode="bicubic"), F.interpolate(x, scale_factor=0.6), F.interpolate(x, scale_factor=(2, 1.5), mode="nearest-exact"), F.interpolate(x[:, :, 0], scale_factor=2, mode="linear"),
                              F.interpolate(x[:, :, 0], size=9), F.interpolate(x, size=1, mode="bilinear"), F.interpolate(x, scale_factor=2, mode="bicubic", align_corners=True)), [floats(1, 2, 4, 7)]),
    "upsampling_default": (lambda x: (ops.upsample_nearest2d(x, [8, 9]), ops.upsample_bilinear2d(x, [8, 9], False), ops.upsample_bilinear2d(x, [8, 9], True), ops.upsample_bicubic2d(x, [8, 9], False), ops.upsample_nearest1d(x[:, :, 0], [9]), ops.upsample_linear1d(x[:, :, 0], [9], False),
                                      ops.upsample_nearest3d(x[:, :, None], [2, 8, 9]), ops.upsample_trilinear3d(x[:, :, None], [2, 8, 9], False), ops._upsample_nearest_exact1d(x[:, :, 0], [9]), ops._upsample_nearest_exact2d(x, [8, 9]), ops._upsample_nearest_exact3d(x[:, :, None], [2, 8, 9]),
                                      ops.upsample_nearest2d(x, [5, 9], 1.3, 1.3)), [floats(1, 2, 4, 7)]),
    "pixels": (lambda x: (F.pixel_shuffle(x, 2), F.pixel_unshuffle(x, 2), F.channel_shuffle(x, 4)), [floats(2, 8, 4, 6)]),
    "views": (lambda x: (ops._reshape_alias(x, [4, 3], [3, 1]), ops._unsafe_view(x, [4, 3]), x.view(2, 6), x.view_as(torch.empty(4, 3)), x.reshape_as(torch.empty(2, 6)), x.unflatten(1, (2, 2)), x.ravel(), x.flatten(), x.squeeze(), x.view(3, 4, 1).squeeze(2), x.view(3, 1, 4, 1).squeeze((1, 3)), x.T, x.mH, x.swapaxes(0, 1)), [floats(3, 4)]),
    "writes": (lambda x, y: (ops.select_scatter(x, y[0], 0, 1), ops.slice_scatter(x, y[:, :2], 1, 1, 5, 2), ops.slice_scatter(x, y, 0, -3, 99), ops.copy(x, y[0]), ops.fill.Scalar(x, 2), ops.fill.Tensor(x, y[0, 0]), ops.zero(x), ops.select_scatter(x, y[:, 0], 1, -1)), [floats(3, 6), floats(3, 6)]),
    "where_numbers": (lambda m, x: (torch.where(m, x, 0), torch.where(m, 1.5, x), torch.where(m, 1, 2), torch.where(m, 1.0, -1.0), ops.where.ScalarOther(m, x, 3), ops.where.ScalarSelf(m, 3, x)), [bools(3, 4), floats(3, 4)]),
    "clamps": (lambda x, y: (x.clamp(-0.5, 0.5), x.clamp(min=0), x.clamp(max=0.2), x.clamp(y, y + 1), torch.clamp_min(x, 0.1), torch.clamp_max(x, 0.1), ops.clamp_min.Tensor(x, y), ops.clamp_max.Tensor(x, y), x.clamp(1, -1), ops.clamp_max(x, 0.3)), [floats(3, 4), floats(4)]),
    "nan_handling": (lambda x, y: (torch.fmax(x, y), torch.fmin(x, y), torch.maximum(x, y), x.nan_to_num(1.5, 2.5, -2.5), x.isfinite(), x.isposinf(), x.isneginf()), [SPECIAL, SPECIAL.flip(0)]),
}


def nonzero(x):
    return torch.where(x.abs() < 0.1, torch.ones_like(x), x)


def item_scaled(x, y):
    return x * y.item() + y


DYNAMIC = ({0: BATCH, 1: LENGTH},)

# name: (function, several lists of tensors, dynamic shapes)
SYMBOLIC = {
    "arithmetic": (lambda x: (x.reshape(x.shape[0] * x.shape[1]), x.new_zeros(x.shape[0] // 2 + 2, x.shape[1] % 3 + 2), x.view(-1).reshape(x.shape[1], x.shape[0]), x * (x.shape[1] ** -0.5), x / x.shape[0], x + (x.shape[0] - 2 * x.shape[1]) // 3, x * (-x.shape[0] % 5)),
                   [[floats(2, 6)], [floats(5, 4)], [floats(1, 3)]], DYNAMIC),
    "functions": (lambda x: (x[:1] * torch.sym_max(x.shape[0], 3), x * torch.sym_min(x.shape[0], x.shape[1]), x * torch.sym_float(x.shape[0]), torch.zeros(torch.sym_int(x.shape[1] / 2)), x * torch.sym_sqrt(x.shape[1]), x * x.numel(), x * (x.shape[0] / 3)),
                  [[floats(2, 6)], [floats(5, 4)]], ({0: BATCH, 1: Dim("many", min=4, max=64)},)),
    "shapes": (lambda x: (x.flatten(), x[:, None].expand(-1, 3, -1), x.unsqueeze(0).expand(2, x.shape[0], x.shape[1]), x.t(), x.repeat(2, 1), x.view(x.shape[0], 1, -1), torch.zeros_like(x), torch.ones(x.shape[0], 2), x.new_full((x.shape[1],), 3.0), torch.full_like(x, 2), torch.arange(x.shape[1]), torch.arange(1, x.shape[0] + 1),
                          torch.arange(x.shape[1], dtype=torch.float32), x.roll(1, 0), x.roll(3, 1), x.roll(-2, (0,)), torch.eye(x.shape[1]), x.flip(1), x.expand_as(x[None]), torch.cat([x, x]), torch.stack([x, x], 1), x.repeat_interleave(2, 0), x.reshape(-1), F.pad(x, (1, 1))),
               [[floats(2, 6)], [floats(5, 4)], [floats(1, 2)]], DYNAMIC),
    "slices": (lambda x: (x[:, : x.shape[0]], x[-1:], x[:, -1], x[:, 1:], x[:, x.shape[1] - 2 :], x.narrow(1, 0, x.shape[1] - 1), x.select(1, 1), x[:, : x.shape[1] - 1].sum(1)),
               [[floats(2, 6)], [floats(3, 5)]], ({0: Dim("few", min=2, max=4), 1: Dim("many", min=5, max=9)},)),
    "reductions": (lambda x: (x.sum(0), x.mean(), x.var(0), x.std(1, correction=0), x.amax(1), x.argmax(0), x.softmax(1), x.cumsum(1), x.sort(1), x.topk(2, 1), x.logsumexp(0), x.norm(dim=1), torch.var_mean(x, (0, 1))),
                   [[floats(3, 6)], [floats(5, 4)]], ({0: Dim("rows", min=2, max=64), 1: LENGTH},)),
    "masks": (lambda x: (x.tril(), x.triu(1), torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril(), torch.arange(x.shape[1])[None] < torch.arange(x.shape[0])[:, None], torch.where(x > 0, x, 0),
                         (x @ x.t()).masked_fill(torch.ones(x.shape[0], x.shape[0], dtype=torch.bool).triu(1), float("-inf")).softmax(-1)), [[floats(2, 6)], [floats(5, 4)]], DYNAMIC),
    "attention": (lambda q, k: (F.scaled_dot_product_attention(q, k, k), F.scaled_dot_product_attention(q, k, k, is_causal=True), F.scaled_dot_product_attention(q, k, k, (q @ k.transpose(-1, -2)) > 0)), [[floats(2, 3, 5, 4), floats(2, 3, 7, 4)], [floats(1, 3, 8, 4), floats(1, 3, 2, 4)]],
                  ({0: BATCH, 2: Dim("queries", min=2, max=64)}, {0: BATCH, 2: Dim("keys", min=2, max=64)})),
    "images": (lambda x: (F.interpolate(x, scale_factor=2), F.interpolate(x, scale_factor=1.5, mode="bilinear"), F.interpolate(x, size=(x.shape[2] * 2, x.shape[3] + 1), mode="bilinear"), F.avg_pool2d(x, 2), F.max_pool2d(x, 3, 2, 1), F.max_pool2d(x, 2, return_indices=True), F.adaptive_avg_pool2d(x, 1), F.pixel_shuffle(x, 2),
                          F.group_norm(x, 2), F.instance_norm(x), x.flatten(2).transpose(1, 2), F.pad(x, (1, 1, 1, 1), "reflect"), F.pad(x, (1, 1, 1, 1), "circular"), F.pad(x, (-1, 2, 1, 1), "replicate"), x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, 4), x.mean((2, 3)), F.channel_shuffle(x, 2), x.view(x.shape[0], 2, 2, x.shape[2], x.shape[3])),
               [[floats(2, 4, 6, 5)], [floats(1, 4, 4, 8)]], ({0: BATCH, 2: Dim("height", min=4, max=64), 3: Dim("width", min=4, max=64)},)),
    "linears": (lambda x, w: (F.linear(x, w), x @ w.t(), torch.einsum("bld,ed->ble", x, w), F.layer_norm(x, (4,)), F.rms_norm(x, (4,)), x.reshape(-1, 4) @ w.t(), F.softmax(x, 1), x.transpose(1, 2), x.view(x.shape[0], x.shape[1], 2, 2).transpose(1, 2)), [[floats(2, 3, 4), floats(5, 4)], [floats(1, 6, 4), floats(5, 4)]], ({0: BATCH, 1: LENGTH}, {})),
    "indices": (lambda x, i: (x[i], x.index_select(0, i), F.one_hot(i, 9), F.embedding(i, x), x[torch.arange(x.shape[0]), 0], x.gather(0, i[:, None].expand(-1, x.shape[1])), i[:, None] == i[None]), [[floats(5, 4), ints(3, low=0, high=5)], [floats(6, 2), ints(7, low=0, high=6)]], ({0: Dim("rows", min=2, max=64), 1: LENGTH}, {0: Dim("picks", min=2, max=64)})),
    "loss": (lambda x: ((x - x.mean()) / x.std(), x.sum() / x.shape[0], x.size(0) * torch.ones(2)), [[floats(2, 6)], [floats(5, 4)]], DYNAMIC),
    "item": (item_scaled, [[floats(3), torch.tensor(2.5)], [floats(3), torch.tensor(-1.0)]], None),
    "writes": (write, [[floats(2, 6)], [floats(5, 4)]], ({0: BATCH, 1: Dim("many", min=4, max=64)},)),
}


def flat(result):
    if isinstance(result, torch.Tensor):
        return [result]
    return [tensor for item in result for tensor in flat(item)]


def flattened(function):
    return Program(lambda *tensors: tuple(flat(function(*tensors))))


def add(bundle, name, function, samples, dynamic=None):
    with torch.no_grad():
        module = flattened(function).eval()
        runs = [(inputs, [t.clone() for t in module(*(t.clone() for t in inputs))]) for inputs in samples]
        program = export(module, tuple(samples[0]), dynamic_shapes={"tensors": dynamic} if dynamic else None, strict=False)
    bundle.add(name, program, runs)


def main() -> None:
    torch.manual_seed(0)
    bundle = CaseBundle()
    for name, (function, tensors) in FIXED.items():
      try:
        add(bundle, f"fixed.{name}", function, [tensors])
      except Exception as e: print(name, str(e)[:300])
    for name, (function, samples, dynamic) in SYMBOLIC.items():
      try:
        add(bundle, f"symbolic.{name}", function, samples, dynamic)
      except Exception as e: print(name, str(e)[:700])
    bundle.write(DATA / "operators" / "programs.zip")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
