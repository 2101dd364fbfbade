"""Programs whose sizes are symbolic, each with inputs of several sizes."""

import torch
from torch.export import Dim
from torch.nn import functional as F

from program_tools import BATCH, LENGTH, floats, ints


def item_scaled(x, y):
    return x * y.item() + y


DYNAMIC = ({0: BATCH, 1: LENGTH},)


def write(x):
    table = torch.zeros(x.shape[0] + 1, x.shape[1])
    table[1:] = x
    table[0, 1:] += x[0, :-1]
    table[:, -1] = 5
    return table, table.t()


# name: (function, several lists of tensors, dynamic shapes)
PROGRAMS = {
    "arithmetic": (
        lambda x: (
            x.reshape(x.shape[0] * x.shape[1]),
            x.new_zeros(x.shape[0] // 2 + 2, x.shape[1] % 3 + 2),
            x.view(-1).reshape(x.shape[1], x.shape[0]),
            x * (x.shape[1] ** -0.5),
            x / x.shape[0],
            x + (x.shape[0] - 2 * x.shape[1]) // 3,
            x * (-x.shape[0] % 5),
        ),
        [[floats(2, 6)], [floats(5, 4)], [floats(1, 3)]],
        DYNAMIC,
    ),
    "functions": (
        lambda x: (
            x[:1] * torch.sym_max(x.shape[0], 3),
            x * torch.sym_min(x.shape[0], x.shape[1]),
            x * torch.sym_float(x.shape[0]),
            torch.zeros(torch.sym_int(x.shape[1] / 2)),
            x * torch.sym_sqrt(x.shape[1]),
            x * x.numel(),
            x * (x.shape[0] / 3),
        ),
        [[floats(2, 6)], [floats(5, 4)]],
        ({0: BATCH, 1: Dim("many", min=4, max=64)},),
    ),
    "shapes": (
        lambda x: (
            x.flatten(),
            x[:, None].expand(-1, 3, -1),
            x.unsqueeze(0).expand(2, x.shape[0], x.shape[1]),
            x.t(),
            x.repeat(2, 1),
            x.view(x.shape[0], 1, -1),
            torch.zeros_like(x),
            torch.ones(x.shape[0], 2),
            x.new_full((x.shape[1],), 3.0),
            torch.full_like(x, 2),
            torch.arange(x.shape[1]),
            torch.arange(1, x.shape[0] + 1),
            torch.arange(x.shape[1], dtype=torch.float32),
            x.roll(1, 0),
            x.roll(3, 1),
            x.roll(-2, (0,)),
            torch.eye(x.shape[1]),
            x.flip(1),
            x.expand_as(x[None]),
            torch.cat([x, x]),
            torch.stack([x, x], 1),
            x.repeat_interleave(2, 0),
            x.reshape(-1),
            F.pad(x, (1, 1)),
        ),
        [[floats(2, 6)], [floats(5, 4)], [floats(1, 2)]],
        DYNAMIC,
    ),
    "slices": (
        lambda x: (
            x[:, : x.shape[0]],
            x[-1:],
            x[:, -1],
            x[:, 1:],
            x[:, x.shape[1] - 2 :],
            x.narrow(1, 0, x.shape[1] - 1),
            x.select(1, 1),
            x[:, : x.shape[1] - 1].sum(1),
        ),
        [[floats(2, 6)], [floats(3, 5)]],
        ({0: Dim("few", min=2, max=4), 1: Dim("many", min=5, max=9)},),
    ),
    "reductions": (
        lambda x: (
            x.sum(0),
            x.mean(),
            x.var(0),
            x.std(1, correction=0),
            x.amax(1),
            x.argmax(0),
            x.softmax(1),
            x.cumsum(1),
            x.sort(1),
            x.topk(2, 1),
            x.logsumexp(0),
            x.norm(dim=1),
            torch.var_mean(x, (0, 1)),
        ),
        [[floats(3, 6)], [floats(5, 4)]],
        ({0: Dim("rows", min=2, max=64), 1: LENGTH},),
    ),
    "masks": (
        lambda x: (
            x.tril(),
            x.triu(1),
            torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril(),
            torch.arange(x.shape[1])[None] < torch.arange(x.shape[0])[:, None],
            torch.where(x > 0, x, 0),
            (x @ x.t())
            .masked_fill(torch.ones(x.shape[0], x.shape[0], dtype=torch.bool).triu(1), float("-inf"))
            .softmax(-1),
        ),
        [[floats(2, 6)], [floats(5, 4)]],
        DYNAMIC,
    ),
    "attention": (
        lambda q, k: (
            F.scaled_dot_product_attention(q, k, k),
            F.scaled_dot_product_attention(q, k, k, is_causal=True),
            F.scaled_dot_product_attention(q, k, k, (q @ k.transpose(-1, -2)) > 0),
        ),
        [[floats(2, 3, 5, 4), floats(2, 3, 7, 4)], [floats(1, 3, 8, 4), floats(1, 3, 2, 4)]],
        ({0: BATCH, 2: Dim("queries", min=2, max=64)}, {0: BATCH, 2: Dim("keys", min=2, max=64)}),
    ),
    "images": (
        lambda x: (
            F.interpolate(x, scale_factor=2),
            F.interpolate(x, scale_factor=1.5, mode="bilinear"),
            F.interpolate(x, size=(x.shape[2] * 2, x.shape[3] + 1), mode="bilinear"),
            F.avg_pool2d(x, 2),
            F.max_pool2d(x, 3, 2, 1),
            F.max_pool2d(x, 2, return_indices=True),
            F.adaptive_avg_pool2d(x, 1),
            F.pixel_shuffle(x, 2),
            F.group_norm(x, 2),
            F.instance_norm(x),
            x.flatten(2).transpose(1, 2),
            F.pad(x, (1, 1, 1, 1), "reflect"),
            F.pad(x, (1, 1, 1, 1), "circular"),
            F.pad(x, (-1, 2, 1, 1), "replicate"),
            x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, 4),
            x.mean((2, 3)),
            F.channel_shuffle(x, 2),
            x.view(x.shape[0], 2, 2, x.shape[2], x.shape[3]),
        ),
        [[floats(2, 4, 6, 5)], [floats(1, 4, 4, 8)]],
        ({0: BATCH, 2: Dim("height", min=4, max=64), 3: Dim("width", min=4, max=64)},),
    ),
    "linears": (
        lambda x, w: (
            F.linear(x, w),
            x @ w.t(),
            torch.einsum("bld,ed->ble", x, w),
            F.layer_norm(x, (4,)),
            F.rms_norm(x, (4,)),
            x.reshape(-1, 4) @ w.t(),
            F.softmax(x, 1),
            x.transpose(1, 2),
            x.view(x.shape[0], x.shape[1], 2, 2).transpose(1, 2),
        ),
        [[floats(2, 3, 4), floats(5, 4)], [floats(1, 6, 4), floats(5, 4)]],
        ({0: BATCH, 1: LENGTH}, {}),
    ),
    "indices": (
        lambda x, i: (
            x[i],
            x.index_select(0, i),
            F.one_hot(i, 9),
            F.embedding(i, x),
            x[torch.arange(x.shape[0]), 0],
            x.gather(0, i[:, None].expand(-1, x.shape[1])),
            i[:, None] == i[None],
        ),
        [[floats(5, 4), ints(3, low=0, high=5)], [floats(6, 2), ints(7, low=0, high=6)]],
        ({0: Dim("rows", min=2, max=64), 1: LENGTH}, {0: Dim("picks", min=2, max=64)}),
    ),
    "loss": (
        lambda x: ((x - x.mean()) / x.std(), x.sum() / x.shape[0], x.size(0) * torch.ones(2)),
        [[floats(2, 6)], [floats(5, 4)]],
        DYNAMIC,
    ),
    "item": (item_scaled, [[floats(3), torch.tensor(2.5)], [floats(3), torch.tensor(-1.0)]], None),
    "writes": (write, [[floats(2, 6)], [floats(5, 4)]], ({0: BATCH, 1: Dim("many", min=4, max=64)},)),
}
