"""Writes test/fixtures/graph/batch-axis.json: exported programs, and whether the rows of a batch stay apart in them.

    python conformance/generate/batch_axis.py

What is claimed to keep rows apart is checked here by running PyTorch on the batch and on each row alone.
"""

import json
import warnings
from pathlib import Path

import torch
from graph_text import graph_text
from torch import nn
from torch.nn import functional as F

TARGET = Path(__file__).parents[2] / "test" / "fixtures" / "graph" / "batch-axis.json"
BATCH = 3


class Residual(nn.Module):
    """ResNet: in-place activations and a projected shortcut."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.down = nn.Sequential(nn.Conv2d(3, 8, 1, stride=2), nn.BatchNorm2d(8))
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.down(x)
        out = self.pool(self.relu(out))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(out, 1), 1))


class Inverted(nn.Module):
    """MobileNetV3 and EfficientNet: depthwise convolution, squeeze and excitation, hard and smooth swish."""

    def __init__(self):
        super().__init__()
        self.expand = nn.Conv2d(4, 8, 1)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.squeeze = nn.Conv2d(8, 2, 1)
        self.excite = nn.Conv2d(2, 8, 1)
        self.project = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        y = F.hardswish(self.expand(x), inplace=True)
        y = F.silu(self.depthwise(y), inplace=True)
        scale = self.excite(F.relu(self.squeeze(y.mean((2, 3), keepdim=True)), inplace=True))
        y = self.project(torch.sigmoid(scale) * y * F.hardsigmoid(scale))
        return (F.dropout(y, 0.2, False) + x).mean([-2, -1])


class ConvNext(nn.Module):
    def __init__(self):
        super().__init__()
        self.dwconv = nn.Conv2d(6, 6, 7, padding=3, groups=6)
        self.norm = nn.LayerNorm(6)
        self.up = nn.Linear(6, 12)
        self.down = nn.Linear(12, 6)
        self.scale = nn.Parameter(torch.ones(6, 1, 1) * 0.5)

    def forward(self, x):
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        y = self.down(F.gelu(self.up(y))).permute(0, 3, 1, 2)
        return (x + self.scale * y).mean((2, 3))


class Vit(nn.Module):
    """A class token expanded to the batch, positions, and PyTorch's own attention, which puts the batch second."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, stride=4)
        self.token = nn.Parameter(torch.zeros(1, 1, 8))
        self.positions = nn.Parameter(torch.randn(1, 5, 8))
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu", norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        n = x.shape[0]
        y = self.patches(x)
        y = y.reshape(n, y.shape[1], -1).permute(0, 2, 1)
        y = torch.cat([self.token.expand(n, -1, -1), y], dim=1) + self.positions
        return self.head(self.encoder(y)[:, 0])


class TimmAttention(nn.Module):
    """Queries, keys and values from one projection, unbound from a five-dimensional permutation."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self.proj = nn.Linear(8, 8)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, 2, c // 2).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q * (c // 2) ** -0.5) @ k.transpose(-2, -1)
        y = (weights.softmax(dim=-1) @ v).transpose(1, 2).reshape(b, n, c)
        return self.proj(y)


class Bert(nn.Module):
    """Token and position embeddings, an additive mask from the attention mask, and a pooled output."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(11, 8)
        self.types = nn.Embedding(2, 8)
        self.places = nn.Embedding(16, 8)
        self.register_buffer("position_ids", torch.arange(16).expand((1, -1)), persistent=False)
        self.query, self.key, self.value, self.out = (nn.Linear(8, 8) for _ in range(4))
        self.norm = nn.LayerNorm(8)
        self.pooler = nn.Linear(8, 8)

    def mask(self, attention_mask, length):
        return (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * torch.finfo(torch.float32).min

    def forward(self, input_ids, attention_mask):
        batch, length = input_ids.size()
        types = torch.zeros((batch, length), dtype=torch.long)
        x = self.words(input_ids) + self.types(types) + self.places(self.position_ids[:, :length])
        x = self.norm(x)
        split = lambda t: t.view(batch, -1, 2, 4).transpose(1, 2)
        mask = self.mask(attention_mask, length)
        y = F.scaled_dot_product_attention(split(self.query(x)), split(self.key(x)), split(self.value(x)), mask)
        x = self.norm(x + self.out(y.transpose(1, 2).reshape(batch, length, 8)))
        return x, torch.tanh(self.pooler(x[:, 0]))


class BertByNumber(Bert):
    """The mask looked up by row number, as newer libraries of transformers write it."""

    def mask(self, attention_mask, length):
        rows = torch.arange(attention_mask.shape[0])[:, None, None, None]
        queries = torch.arange(length)[None, None, :, None]
        keys = torch.arange(length)[None, None, None, :]
        allowed = queries.new_ones((), dtype=torch.bool) & (queries >= 0) & attention_mask.to(torch.bool)[rows, keys]
        return allowed.expand(attention_mask.shape[0], -1, length, length)


class Decoder(nn.Module):
    """Rotary positions, grouped keys, a causal mask and RMS normalisation."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(11, 8)
        self.q, self.k, self.v = nn.Linear(8, 8), nn.Linear(8, 4), nn.Linear(8, 4)
        self.register_buffer("frequencies", torch.tensor([1.0, 0.01]))

    def forward(self, ids):
        b, n = ids.shape
        x = self.words(ids)
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)
        angles = torch.arange(n).unsqueeze(0).float()[:, :, None] * self.frequencies[None, None, :]
        angles = torch.cat([angles, angles], -1).unsqueeze(1)
        turn = lambda t: t * angles.cos() + torch.cat([-t[..., 2:], t[..., :2]], -1) * angles.sin()
        split = lambda t: t.view(b, n, -1, 4).transpose(1, 2)
        repeat = lambda t: t[:, :, None].expand(b, 1, 2, n, 4).reshape(b, 2, n, 4)
        q, k, v = turn(split(self.q(x))), repeat(turn(split(self.k(x)))), repeat(split(self.v(x)))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return y.transpose(1, 2).contiguous().flatten(2)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 3, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(6, 5)

    def forward(self, x):
        y, (h, _) = self.lstm(x)
        z, _ = self.gru(y.transpose(0, 1))
        return z.transpose(0, 1), h.transpose(0, 1)


class Segments(nn.Module):
    """Decoder of a segmentation network."""

    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(4, 2, 2, stride=2)
        self.norm = nn.GroupNorm(2, 4)

    def forward(self, x):
        y = F.interpolate(self.up(self.norm(x)), scale_factor=2.0, mode="bilinear")
        return F.pad(F.avg_pool2d(y, 2), (1, 1, 0, 1), mode="reflect").softmax(1)


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(torch.randn(4, 4))
        self.bn = nn.BatchNorm1d(4)

    def forward(self, *inputs):
        return self.function(self, *inputs)


class TrainedBatchNorm(nn.Module):
    def forward(self, x):
        return F.batch_norm(x, None, None, training=True)


ROWS = torch.randn(BATCH, 4, 4)
VECTORS = torch.randn(BATCH, 4)
IDS = torch.randint(0, 11, (BATCH, 6))
ATTENTION = torch.tensor([[1] * 6, [1] * 4 + [0] * 2, [1] + [0] * 5])

FAMILIES = {
    "ResNet": (Residual(), torch.randn(BATCH, 3, 8, 8)),
    "MobileNet and EfficientNet": (Inverted(), torch.randn(BATCH, 4, 6, 6)),
    "ConvNeXt": (ConvNext(), torch.randn(BATCH, 6, 8, 8)),
    "ViT": (Vit(), torch.randn(BATCH, 3, 8, 8)),
    "timm attention": (TimmAttention(), torch.randn(BATCH, 5, 8)),
    "BERT": (Bert(), IDS, ATTENTION),
    "BERT with rows by number": (BertByNumber(), IDS, ATTENTION),
    "decoder": (Decoder(), IDS),
    "LSTM and GRU": (Recurrent(), torch.randn(BATCH, 5, 4)),
    "segmentation": (Segments(), torch.randn(BATCH, 4, 4, 4)),
}

APART = {
    "matrix times constant": lambda m, x: x @ m.weight,
    "constant times matrix": lambda m, x: m.weight @ x,
    "rows as columns": lambda m, x: (m.weight @ x[:, 0].t()).t(),
    "batched product": lambda m, x: torch.bmm(x, x.transpose(1, 2)),
    "matrix times vector": lambda m, x: x @ m.weight[0],
    "addmm": lambda m, x: torch.addmm(m.weight[0], x[:, 1], m.weight),
    "einsum": lambda m, x: torch.einsum("bij,jk,bkl->bil", x, m.weight, x),
    "reductions of other axes": lambda m, x: (x.sum(1) + x.amax(-1) + x.var(2)) * x.max(1).values.argmax(-1, True),
    "sorting along other axes": lambda m, x: x.topk(2, dim=1)[0].sort(dim=-1)[0].cumsum(1).flip(2).roll(1, 1),
    "folding rows in and out": lambda m, x: (x.reshape(-1, 4) @ m.weight).view(x.shape[0], 4, 4),
    "rows in the middle": lambda m, x: (x.transpose(0, 1).reshape(-1, 4) * 2).view(4, -1, 4).transpose(0, 1),
    "pieces": lambda m, x: torch.stack([piece.squeeze(1) for piece in x.split(1, dim=1)], dim=2),
    "windows": lambda m, x: torch.cat([x[:, 1:3], x[:, :1] * 0, x[..., [3, 0]].mT[:, :, :4]], dim=1),
    "writes through views": lambda m, x: overwritten(x),
    "masked writes": lambda m, x: masked(x),
    "gather": lambda m, x: x.gather(1, x.argmax(1, keepdim=True)),
    "constants of the size of the batch": lambda m, x: x + torch.ones(x.shape[0], 1, 4) * x.new_zeros(4),
    "repeated constant": lambda m, x: torch.cat([m.weight.unsqueeze(0).repeat(x.shape[0], 1, 1), x], 2),
    "repeated rows": lambda m, x: x.repeat(1, 2, 1).repeat_interleave(2, dim=0).view(-1, 2, 8, 4)[:, 1],
    "table by row": lambda m, x: m.weight[x.argmax(-1)],
    "select by index": lambda m, x: x.index_select(2, torch.tensor([0, 2])),
    "inference batch norm": lambda m, x: m.bn(x) + m.bn(x[:, :, 0])[:, :, None],
    "one hot": lambda m, x: F.one_hot(x.argmax(1), 4).float(),
    "where": lambda m, x: torch.where(x > 0, x, m.weight) + x.clamp(min=0).masked_fill(x < 1, 2.0),
}

MIXED = {
    "mean over the batch": lambda m, x: x - x.mean(0),
    "mean over everything": lambda m, x: x - x.mean(),
    "softmax over the batch": lambda m, x: x.softmax(0),
    "cumulative sum over the batch": lambda m, x: x.cumsum(0),
    "sorted batch": lambda m, x: x.sort(0)[0],
    "reversed batch": lambda m, x: x.flip(0),
    "rolled batch": lambda m, x: x.roll(1, 0),
    "first row": lambda m, x: x + x[0],
    "the batch size as a number": lambda m, x: x / x.shape[0],
    "the batch size as a fill value": lambda m, x: x * torch.full((1,), x.shape[0]),
    "the row number": lambda m, x: x + torch.arange(x.shape[0])[:, None, None],
    "a table by the row number": lambda m, x: x + m.weight[torch.arange(x.shape[0]) % 4].unsqueeze(1),
    "a table cut to the batch": lambda m, x: x + torch.arange(64.0)[: x.shape[0], None, None],
    "product over the batch": lambda m, x: (x[:, 0].t() @ x[:, 0]) + x,
    "all pairs of rows": lambda m, x: (x[:, 0] @ x[:, 0].t()).sum(1) + x[:, 0, 0],
    "attention over the batch": lambda m, x: F.scaled_dot_product_attention(x.transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1)).transpose(0, 1),
    "broadcast against another axis": lambda m, x: (x[:, 0, 0] + x[:, 0, :1]).sum(1),
    "rows regrouped across": lambda m, x: x.reshape(-1, 4).view(4, x.shape[0], 4).transpose(0, 1) * 2,
    "einsum over the batch": lambda m, x: torch.einsum("bij,bkl->bil", x, x.flip(0)),
    "training batch norm": lambda m, x: F.batch_norm(x, None, None, training=True),
    "dropout": lambda m, x: F.dropout(x, 0.5, True),
    "noise": lambda m, x: x + torch.randn(x.shape[0], 4, 4),
    "other rows by index": lambda m, x: x[x[:, 0, 0].argsort()],
    "a row number that was changed": lambda m, x: x[(torch.arange(x.shape[0]) + 1) % x.shape[0]],
    "write to one row": lambda m, x: first_row_zeroed(x),
    "masked by the whole batch": lambda m, x: x.masked_fill(x > x.max(), 0.0),
    "output with rows inside": lambda m, x: x.reshape(-1, 8).sum(0, keepdim=True) + x[:, 0, :1],
}


def overwritten(x):
    y = x.clone()
    y[:, 0] += 1
    y[:, :, 1:3] *= 2
    y.select(2, 0).copy_(x[:, :, 1])
    return y


def masked(x):
    y = x * 1
    y[x > 0] = 0
    return y


def first_row_zeroed(x):
    y = x.clone()
    y[0] = 0
    return y


def tensors(result) -> list:
    return list(result) if isinstance(result, tuple) else [result]


def check_rows_apart(name: str, module: nn.Module, inputs: list) -> None:
    together = tensors(module(*inputs))
    for row in range(BATCH):
        alone = tensors(module(*(tensor[row : row + 1].clone() for tensor in inputs)))
        for a, b in zip(together, alone):
            assert torch.allclose(a[row : row + 1], b, atol=1e-5), name


def cases(name: str, module: nn.Module, inputs: list, apart: bool) -> list[dict]:
    """The program as torch.export gives it and decomposed."""
    module = module.eval()
    if apart:
        check_rows_apart(name, module, inputs)
    rows = torch.export.Dim("rows", min=1, max=64)
    shapes = tuple({0: rows} for _ in inputs)
    shapes = (shapes,) if isinstance(module, Function) else shapes
    exported = torch.export.export(module, tuple(inputs), dynamic_shapes=shapes)
    programs = {"training dialect": exported, "core ATen": exported.run_decompositions()}
    return [{"name": f"{name}, {dialect}", "apart": apart, "graph": graph_text(p)} for dialect, p in programs.items()]


def main() -> None:
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    found = [case for name, (module, *inputs) in FAMILIES.items() for case in cases(name, module, inputs, True)]
    for apart, table in ((True, APART), (False, MIXED)):
        for name, function in table.items():
            found += cases(name, Function(function), [ROWS.clone()], apart)
    TARGET.write_text("[\n" + ",\n".join(json.dumps(case) for case in found) + "\n]\n")
    print(f"{len(found)} programs")


if __name__ == "__main__":
    main()
