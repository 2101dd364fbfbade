"""Writes conformance/data/nn/functions.safetensors: what torch, torch.nn.functional and methods of tensors compute.

    python conformance/generate/nn_functions.py

Inputs and outputs are called `CASE/input/N` and `CASE/output/N`. A case has the name in TypeScript; the test calls that.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

FILE = Path(__file__).parents[1] / "data" / "nn" / "functions.safetensors"
torch.manual_seed(2)


def f(*shape):
    return torch.randn(*shape)


def u(*shape):
    return torch.rand(*shape) * 0.8 + 0.1


def n(*shape, high=9):
    return torch.randint(0, high, shape)


UNARY = """abs acos asin asinh atan atanh ceil cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 floor frac i0 isfinite isinf
isnan isneginf isposinf lgamma log log10 log1p log2 logit neg rad2deg reciprocal relu round rsqrt sgn sigmoid sign signbit sin sinc
sinh sqrt square tan tanh trunc""".split()

BINARY = {
    "add": torch.add, "sub": torch.sub, "rsub": torch.rsub, "mul": torch.mul, "div": torch.div, "remainder": torch.remainder,
    "fmod": torch.fmod, "floorDivide": torch.floor_divide, "pow": lambda a, b: torch.pow(a.abs(), b),
    "floatPower": lambda a, b: torch.float_power(a.abs(), b), "atan2": torch.atan2, "hypot": torch.hypot,
    "logaddexp": torch.logaddexp, "copysign": torch.copysign, "maximum": torch.maximum, "minimum": torch.minimum,
    "eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt, "ge": torch.ge,
    "logicalAnd": torch.logical_and, "logicalOr": torch.logical_or, "logicalXor": torch.logical_xor, "isclose": torch.isclose,
    "dot": lambda a, b: torch.dot(a.flatten(), b.flatten()), "typeAs": lambda a, b: a.type_as(b),
    "viewAs": lambda a, b: a.view_as(b), "reshapeAs": lambda a, b: a.reshape_as(b),
}

METHODS = {
    "acosh": (torch.acosh, u(3, 4) + 1), "bitwiseNot": (torch.bitwise_not, n(3)), "logicalNot": (torch.logical_not, n(5, high=2)),
    "nanToNum": (torch.nan_to_num, torch.tensor([1.0, float("nan"), float("inf"), -float("inf")])),
    "div floor": (lambda a, b: torch.div(a, b, rounding_mode="floor"), f(4), f(4)),
    "div trunc": (lambda a: torch.div(a, 3, rounding_mode="trunc"), n(6, high=20) - 10),
    "bitwiseAnd": (torch.bitwise_and, n(4), n(4)), "bitwiseOr": (torch.bitwise_or, n(4), n(4)),
    "bitwiseXor": (torch.bitwise_xor, n(4), n(4)), "bitwiseAnd with a number": (lambda a: a & 3, n(4)),
    "addcmul": (lambda a, b, c: torch.addcmul(a, b, c, value=0.5), f(2, 3), f(2, 3), f(2, 3)),
    "addcdiv": (lambda a, b, c: torch.addcdiv(a, b, c, value=0.5), f(2, 3), f(2, 3), u(2, 3)),
    "lerp": (lambda a, b: torch.lerp(a, b, 0.3), f(3), f(3)), "lerp by tensors": (torch.lerp, f(3), f(3), u(3)),
    "clamp": (lambda a: a.clamp(-0.5, 0.5), f(6)), "clamp below": (lambda a: a.clamp(min=0.2), f(6)),
    "maskedFill": (lambda a, m: a.masked_fill(m, 7), f(4), torch.tensor([True, False, True, False])),
    "where": (lambda a, m, b: a.where(m, b), f(4), torch.tensor([True, False, True, False]), f(4)),
    "to": (lambda a: a.to(torch.int32), f(5) * 3), "float": (lambda a: a.float(), n(3)), "double": (lambda a: a.double(), f(3)),
    "half": (lambda a: a.half(), f(3)), "bfloat16": (lambda a: a.bfloat16(), f(3)), "int": (lambda a: a.int(), f(3) * 3),
    "long": (lambda a: a.long(), f(3) * 3), "bool": (lambda a: a.bool(), n(5, high=2)),
    "mm": (torch.mm, f(2, 3), f(3, 4)), "bmm": (torch.bmm, f(2, 2, 3), f(2, 3, 4)), "mv": (torch.mv, f(2, 3), f(3)),
    "matmul": (torch.matmul, f(2, 1, 2, 3), f(4, 3, 2)), "cross": (torch.linalg.cross, f(2, 3), f(2, 3)),
    "addmm": (lambda a, b, c: torch.addmm(a, b, c, beta=0.5, alpha=2), f(4), f(2, 3), f(3, 4)),
    "baddbmm": (torch.baddbmm, f(2, 2, 4), f(2, 2, 3), f(2, 3, 4)),
    "softmax": (lambda a: a.softmax(-1), f(2, 3)), "logSoftmax": (lambda a: a.log_softmax(0), f(2, 3)),
    "cumsum": (lambda a: a.cumsum(1), f(2, 4)), "cumprod": (lambda a: a.cumprod(1), f(2, 4)), "cummax": (lambda a: a.cummax(1), f(2, 5)),
    "diff": (lambda a: a.diff(2, 1), f(2, 5)), "sum": (lambda a: a.sum(), f(2, 3)),
    "sum along": (lambda a: a.sum((0, 2), keepdim=True), f(2, 3, 2)), "mean": (lambda a: a.mean(-1), f(2, 3)),
    "prod": (lambda a: a.prod(), f(2, 3)), "prod along": (lambda a: a.prod(1, keepdim=True), f(2, 3)),
    "logsumexp": (lambda a: a.logsumexp((0, 1)), f(2, 3)), "countNonzero": (lambda a: a.count_nonzero(), n(2, 5, high=2)),
    "countNonzero along": (lambda a: a.count_nonzero(1), n(2, 5, high=2)),
    "amax": (lambda a: a.amax(1), f(2, 3)), "amin": (lambda a: a.amin((0, 1)), f(2, 3)),
    "std": (lambda a: a.std(1), f(2, 5)), "var": (lambda a: a.var(0, correction=0, keepdim=True), f(4, 2)),
    "norm": (lambda a: torch.linalg.vector_norm(a, 1, 1), f(2, 3)), "max": (lambda a: a.max(1), f(2, 5)),
    "min": (lambda a: a.min(0, keepdim=True), f(3, 2)), "median": (lambda a: a.median(1), f(2, 6)),
    "argmax": (lambda a: a.argmax(), f(2, 5)), "argmin": (lambda a: a.argmin(1, keepdim=True), f(2, 5)),
    "topk": (lambda a: a.topk(2), f(2, 5)), "sort": (lambda a: a.sort(0, descending=True), f(4, 2)),
    "argsort": (lambda a: a.argsort(-1, descending=True), f(2, 5)), "all": (lambda a: a.all(), n(4, high=2).bool()),
    "any": (lambda a: a.any(1), n(3, 2, high=2).bool()),
    "view": (lambda a: a.view(3, -1), f(2, 6)), "reshape": (lambda a: a.t().reshape(-1), f(2, 3)),
    "flatten": (lambda a: a.flatten(1), f(2, 3, 2)), "unflatten": (lambda a: a.unflatten(1, (2, -1)), f(2, 6)),
    "unsqueeze": (lambda a: a.unsqueeze(1), f(2, 3)), "squeeze": (lambda a: a.squeeze(), f(1, 2, 1)),
    "squeeze several": (lambda a: a.squeeze((0, 2)), f(1, 1, 1, 2)), "permute": (lambda a: a.permute(2, 0, 1), f(2, 3, 4)),
    "transpose": (lambda a: a.transpose(0, 2), f(2, 3, 4)), "t": (lambda a: a.t(), f(2, 3)), "mT": (lambda a: a.mT, f(2, 3, 4)),
    "movedim": (lambda a: a.movedim(0, 2), f(2, 3, 4)), "contiguous": (lambda a: a.t().contiguous(), f(2, 3)),
    "expand": (lambda a: a.expand(4, -1), f(1, 3)), "expandAs": (lambda a, b: a.expand_as(b), f(1, 3), f(2, 3)),
    "broadcastTo": (lambda a: a.broadcast_to(2, 3), f(3)), "repeat": (lambda a: a.repeat(2, 1, 2), f(2, 3)),
    "tile": (lambda a: a.tile(2), f(2, 3)), "repeatInterleave": (lambda a: a.repeat_interleave(2, 1), f(2, 3)),
    "flip": (lambda a: a.flip(0, 1), f(2, 3)), "roll": (lambda a: a.roll((1, -1), (0, 1)), f(3, 4)),
    "rot90": (lambda a: a.rot90(), f(2, 3)), "diagonal": (lambda a: a.diagonal(1), f(3, 4)),
    "diagEmbed": (lambda a: a.diag_embed(), f(2, 3)), "unfold": (lambda a: a.unfold(1, 3, 2), f(2, 7)),
    "tril": (lambda a: a.tril(1), f(4, 4)), "triu": (lambda a: a.triu(), f(4, 4)), "select": (lambda a: a.select(1, -1), f(2, 3)),
    "narrow": (lambda a: a.narrow(1, 1, 2), f(2, 4)), "slice": (lambda a: a[:, 1:7:2], f(2, 8)),
    "chunk": (lambda a: a.chunk(2, 1), f(2, 5)), "split": (lambda a: a.split([1, 3], 1), f(2, 4)),
    "split by size": (lambda a: a.split(2), f(5)), "tensorSplit": (lambda a: a.tensor_split(3, 1), f(2, 7)),
    "tensorSplit at": (lambda a: a.tensor_split([1, 4], 1), f(2, 7)), "unbind": (lambda a: a.unbind(1), f(2, 3)),
    "at": (lambda a: a[None, ..., 1::2, -1], f(2, 5, 3)), "at places": (lambda a, i: a[:, i, 0], f(2, 5, 3), torch.tensor([4, 0, 0])),
    "index": (lambda a, i, j: a[i, j], f(3, 4), torch.tensor([2, 0]), torch.tensor([3, 1])),
    "indexSelect": (lambda a, i: a.index_select(1, i), f(2, 4), torch.tensor([3, 3, 0])),
    "gather": (lambda a, i: a.gather(1, i), f(2, 4), n(2, 3, high=4)),
    "takeAlongDim": (lambda a, i: a.take_along_dim(i, 1), f(2, 4), n(2, 3, high=4)),
    "maskedSelect": (lambda a, m: a.masked_select(m), f(2, 4), n(2, 4, high=2).bool()), "nonzero": (lambda a: a.nonzero(), n(3, 4, high=2)),
    "scatter": (lambda a, i, s: a.scatter(1, i, s), f(2, 4), torch.tensor([[0, 3], [2, 1]]), f(2, 2)),
    "scatter a number": (lambda a, i: a.scatter(1, i, 9), f(2, 4), torch.tensor([[0, 3], [2, 1]])),
    "scatterAdd": (lambda a, i, s: a.scatter_add(0, i, s), f(3, 4), n(5, 4, high=3), f(5, 4)),
    "indexAdd": (lambda a, i, s: a.index_add(0, i, s), f(3, 2), torch.tensor([0, 2, 2]), f(3, 2)),
    "indexCopy": (lambda a, i, s: a.index_copy(0, i, s), f(4, 2), torch.tensor([3, 0]), f(2, 2)),
    "indexFill": (lambda a, i: a.index_fill(1, i, -1), f(2, 4), torch.tensor([3, 0])),
    "indexPut": (lambda a, i, v: a.index_put((i,), v, accumulate=True), f(4, 2), torch.tensor([1, 1, 3]), f(3, 2)),
    "sliceScatter": (lambda a, s: a.slice_scatter(s, 1, 1, 3), f(2, 4), f(2, 2)),
    "selectScatter": (lambda a, s: a.select_scatter(s, 1, 2), f(2, 4), f(2)),
}

FUNCTIONS = {
    "cat": (lambda a, b: torch.cat([a, b], 1), f(2, 3), f(2, 1)), "stack": (lambda a, b: torch.stack([a, b], 1), f(2, 3), f(2, 3)),
    "hstack": (lambda a, b: torch.hstack([a, b]), f(2, 3), f(2, 1)), "vstack": (lambda a, b: torch.vstack([a, b]), f(3), f(3)),
    "meshgrid": (lambda a, b: torch.meshgrid(a, b, indexing="xy"), f(2), f(3)),
    "where function": (lambda m, a: torch.where(m, a, 0.0), n(2, 3, high=2).bool(), f(2, 3)),
    "einsum": (lambda a, b: torch.einsum("bhid,bhjd->bhij", a, b), f(2, 2, 3, 4), f(2, 2, 5, 4)), "outer": (torch.outer, f(2), f(3)),
    "arange": (lambda a: torch.arange(a.shape[0]), f(4)), "zeros": (lambda a: torch.zeros(a.shape[0], 2), f(3)),
    "ones": (lambda a: torch.ones(2, a.shape[0], dtype=torch.int64), f(3)), "full": (lambda a: torch.full((a.shape[0],), 2.5), f(3)),
    "linspace": (lambda a: torch.linspace(-1, 1, 5), f(1)), "eye": (lambda a: torch.eye(a.shape[0]), f(3)),
    "zerosLike": (torch.zeros_like, n(2, 3)), "onesLike": (lambda a: torch.ones_like(a, dtype=torch.bool), f(2)),
    "fullLike": (lambda a: torch.full_like(a, 3), f(2, 2)), "cdist": (torch.cdist, f(2, 3, 4), f(2, 5, 4)),
}

FUNCTIONAL = {
    **{name: (getattr(F, snake), f(3, 4)) for name, snake in [
        ("relu", "relu"), ("relu6", "relu6"), ("selu", "selu"), ("silu", "silu"), ("mish", "mish"), ("hardswish", "hardswish"),
        ("hardsigmoid", "hardsigmoid"), ("sigmoid", "sigmoid"), ("logsigmoid", "logsigmoid"), ("tanh", "tanh"), ("gelu", "gelu"),
        ("leakyRelu", "leaky_relu"), ("elu", "elu"), ("celu", "celu"), ("hardtanh", "hardtanh"), ("softplus", "softplus"), ("glu", "glu"),
        ("softsign", "softsign"), ("normalize", "normalize"), ("hardshrink", "hardshrink"), ("softshrink", "softshrink"),
        ("tanhshrink", "tanhshrink"), ("rrelu", "rrelu"), ("dropout", None), ("dropout1d", None), ("alphaDropout", None),
        ("featureAlphaDropout", None),
    ] if snake},
    **{name: (lambda a: a.clone(), f(2, 3, 4, 4)) for name in ["dropout", "dropout1d", "dropout2d", "dropout3d", "alphaDropout", "featureAlphaDropout"]},
    "gelu tanh": (lambda a: F.gelu(a, approximate="tanh"), f(3, 4)), "threshold": (lambda a: F.threshold(a, 0.1, -2), f(3, 4)),
    "prelu": (F.prelu, f(2, 3, 2), f(3)), "softmax": (lambda a: F.softmax(a, 1), f(2, 3)),
    "logSoftmax": (lambda a: F.log_softmax(a, 1), f(2, 3)), "softmin": (lambda a: F.softmin(a, 1), f(2, 3)),
    "linear": (F.linear, f(2, 3), f(4, 3), f(4)), "embedding": (F.embedding, n(2, 3, high=5), f(5, 2)),
    "oneHot": (lambda a: F.one_hot(a, 5), n(2, 3, high=5)), "bilinear": (F.bilinear, f(2, 3), f(2, 4), f(5, 3, 4), f(5)),
    "embeddingBag": (lambda i, w, o: F.embedding_bag(i, w, o, mode="mean", padding_idx=-1), torch.tensor([0, 4, 1, 2]), f(5, 3), torch.tensor([0, 1])),
    "conv1d": (lambda a, w, b: F.conv1d(a, w, b, stride=2), f(2, 3, 9), f(4, 3, 3), f(4)),
    "conv2d": (lambda a, w: F.conv2d(a, w, padding=(1, 0), groups=2), f(2, 4, 5, 5), f(4, 2, 3, 3)),
    "conv3d": (lambda a, w: F.conv3d(a, w, dilation=2), f(1, 2, 4, 5, 4), f(3, 2, 2, 2, 2)),
    "conv": (F.conv2d, f(1, 2, 4, 4), f(3, 2, 2, 2)),
    "convTranspose1d": (lambda a, w, b: F.conv_transpose1d(a, w, b, 2, output_padding=1), f(2, 3, 5), f(3, 4, 3), f(4)),
    "convTranspose2d": (lambda a, w: F.conv_transpose2d(a, w, padding=1, groups=3), f(2, 3, 4, 4), f(3, 2, 3, 3)),
    "convTranspose3d": (lambda a, w: F.conv_transpose3d(a, w, stride=2), f(1, 2, 2, 3, 2), f(2, 3, 2, 2, 2)),
    "layerNorm": (lambda a, w, b: F.layer_norm(a, (3,), w, b), f(2, 3), f(3), f(3)),
    "rmsNorm": (lambda a, w: F.rms_norm(a, (3,), w), f(2, 3), f(3)),
    "batchNorm": (F.batch_norm, f(2, 3, 4), f(3), u(3), f(3), f(3)), "instanceNorm": (F.instance_norm, f(2, 3, 4, 4)),
    "groupNorm": (lambda a, w, b: F.group_norm(a, 2, w, b), f(2, 4, 3), f(4), f(4)),
    "localResponseNorm": (lambda a: F.local_response_norm(a, 3, alpha=0.3), f(2, 5, 4, 4)),
    "scaledDotProductAttention": (lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), f(2, 2, 3, 4), f(2, 2, 3, 4), f(2, 2, 3, 4)),
    "pad": (lambda a: F.pad(a, (1, 2), "reflect"), f(2, 3, 4)),
    "interpolate": (lambda a: F.interpolate(a, scale_factor=2, mode="bilinear"), f(1, 2, 3, 4)),
    "upsample": (lambda a: F.interpolate(a, size=(5, 3)), f(1, 2, 3, 4)), "pixelShuffle": (lambda a: F.pixel_shuffle(a, 2), f(1, 8, 2, 3)),
    "pixelUnshuffle": (lambda a: F.pixel_unshuffle(a, 2), f(1, 2, 4, 6)), "channelShuffle": (lambda a: F.channel_shuffle(a, 2), f(1, 4, 2, 2)),
    "gridSample": (lambda a, g: F.grid_sample(a, g, padding_mode="border", align_corners=True), f(2, 3, 4, 5), f(2, 3, 2, 2)),
    "unfold": (lambda a: F.unfold(a, (2, 3), stride=2), f(2, 3, 5, 6)), "fold": (lambda a: F.fold(a, (4, 5), 2), f(2, 12, 12)),
    "maxPool1d": (lambda a: F.max_pool1d(a, 3, 2), f(2, 3, 8)), "maxPool2d": (lambda a: F.max_pool2d(a, 2, padding=1), f(2, 3, 5, 5)),
    "maxPool3d": (lambda a: F.max_pool3d(a, 2), f(1, 2, 4, 4, 4)), "avgPool1d": (lambda a: F.avg_pool1d(a, 3, 2), f(2, 3, 8)),
    "avgPool2d": (lambda a: F.avg_pool2d(a, 2, count_include_pad=False, padding=1), f(2, 3, 5, 5)),
    "avgPool3d": (lambda a: F.avg_pool3d(a, 2), f(1, 2, 4, 4, 4)), "adaptiveAvgPool1d": (lambda a: F.adaptive_avg_pool1d(a, 3), f(2, 3, 8)),
    "adaptiveAvgPool2d": (lambda a: F.adaptive_avg_pool2d(a, (2, None)), f(2, 3, 5, 4)),
    "adaptiveAvgPool3d": (lambda a: F.adaptive_avg_pool3d(a, 2), f(1, 2, 4, 5, 4)),
    "adaptiveMaxPool1d": (lambda a: F.adaptive_max_pool1d(a, 3), f(2, 3, 8)),
    "adaptiveMaxPool2d": (lambda a: F.adaptive_max_pool2d(a, 2), f(2, 3, 5, 4)),
    "adaptiveMaxPool3d": (lambda a: F.adaptive_max_pool3d(a, 2), f(1, 2, 4, 5, 4)),
    "maxPool1dWithIndices": (lambda a: F.max_pool1d(a, 2, return_indices=True), f(2, 3, 8)),
    "maxPool2dWithIndices": (lambda a: F.max_pool2d(a, 3, 2, 1, return_indices=True), f(2, 3, 5, 6)),
    "maxPool3dWithIndices": (lambda a: F.max_pool3d(a, 2, return_indices=True), f(1, 2, 4, 4, 4)),
    "adaptiveMaxPool1dWithIndices": (lambda a: F.adaptive_max_pool1d(a, 3, return_indices=True), f(2, 3, 8)),
    "adaptiveMaxPool2dWithIndices": (lambda a: F.adaptive_max_pool2d(a, 2, return_indices=True), f(2, 3, 5, 4)),
    "adaptiveMaxPool3dWithIndices": (lambda a: F.adaptive_max_pool3d(a, 2, return_indices=True), f(1, 2, 4, 5, 4)),
    "lpPool1d": (lambda a: F.lp_pool1d(a, 2, 3, 2), f(2, 3, 8)), "lpPool2d": (lambda a: F.lp_pool2d(a, 2, 2), f(2, 3, 4, 4)),
    "lpPool3d": (lambda a: F.lp_pool3d(a, 2, 2), f(1, 2, 4, 4, 4)), "cosineSimilarity": (F.cosine_similarity, f(2, 3), f(2, 3)),
    "pairwiseDistance": (F.pairwise_distance, f(2, 3), f(2, 3)), "pdist": (F.pdist, f(4, 3)),
    "maxUnpool1d": (lambda a, i: F.max_unpool1d(a, i, 2, output_size=(7,)), *F.max_pool1d(f(2, 3, 7), 2, return_indices=True)),
    "maxUnpool2d": (lambda a, i: F.max_unpool2d(a, i, 2), *F.max_pool2d(f(2, 3, 4, 6), 2, return_indices=True)),
    "maxUnpool3d": (lambda a, i: F.max_unpool3d(a, i, 2), *F.max_pool3d(f(2, 2, 4, 2, 4), 2, return_indices=True)),
}

CASES = {
    **{f"method/{name}": (getattr(torch, name), u(3, 4)) for name in UNARY},
    **{f"method/{name}": (function, f(2, 3), f(2, 3)) for name, function in BINARY.items()},
    **{f"method/{name} by a number": (lambda a, op=op: op(a, 0.7), f(2, 3)) for name, op in BINARY.items()
       if name in ("add", "sub", "rsub", "mul", "div", "remainder", "fmod", "pow", "floatPower", "copysign", "eq", "ne", "lt", "le", "gt", "ge")},
    **{f"method/{name}": case for name, case in METHODS.items()},
    **{f"function/{name}": case for name, case in FUNCTIONS.items()},
    **{f"functional/{name}": case for name, case in FUNCTIONAL.items()},
}


def flat(value) -> list:
    return [part for item in value for part in flat(item)] if isinstance(value, (tuple, list)) else [value]


def main() -> None:
    torch.set_num_threads(1)
    tensors = {}
    for name, (function, *inputs) in CASES.items():
        options = {"training": False} if name == "functional/rrelu" else {}
        for kind, items in {"input": inputs, "output": flat(function(*inputs, **options))}.items():
            for i, item in enumerate(items):
                tensors[f"{name}/{kind}/{i}"] = item.detach().clone().contiguous()
    save_file(tensors, FILE)


if __name__ == "__main__":
    main()
