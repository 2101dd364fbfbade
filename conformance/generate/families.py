"""Whole models in tiny configurations with random weights: the architectures that torchrelay promises to run.

Usage: python families.py. Each is written to conformance/data/models as a file of its own, as exported and decomposed.
"""

import json
import math
import warnings

import torch
from torch import nn
from torch.export import Dim, export
from torch.nn import functional as F

from case_bundle import DATA, TensorFile, program_bytes, targets_of

FOLDER = DATA / "models"


def mlp():
    return nn.Sequential(
        nn.Linear(12, 24),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(24, 16, bias=False),
        nn.Tanh(),
        nn.Linear(16, 4),
        nn.Softmax(-1),
    )


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 5, padding=2), nn.Conv2d(4, 8, 5)
        self.fc1, self.fc2 = nn.Linear(8 * 5 * 5, 20), nn.Linear(20, 10)

    def forward(self, x):
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.sigmoid(self.conv2(x)), 2)
        x = torch.relu(self.fc1(x.view(x.size(0), -1)))
        return F.log_softmax(self.fc2(x), dim=1)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += identity
        return self.relu(out)


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        outputs = 4 * width
        self.body = nn.Sequential(
            nn.Conv2d(inputs, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride, 1, groups=2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.skip = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x), inplace=True)


class ResNet(nn.Module):
    def __init__(self, *stages):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
        )
        self.stages = nn.Sequential(*stages)
        self.pool, self.fc = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear(16, 5)

    def forward(self, x):
        return self.fc(torch.flatten(self.pool(self.stages(self.stem(x))), 1))


def conv_norm(inputs, outputs, kernel, stride=1, groups=1, activation=nn.ReLU6):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, activation(inplace=True)) if activation else nn.Sequential(*layers)


class SqueezeExcite(nn.Module):
    def __init__(self, channels, inner, gate):
        super().__init__()
        self.pool, self.act, self.gate = nn.AdaptiveAvgPool2d(1), inner(inplace=True), gate()
        self.fc1, self.fc2 = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x):
        return self.gate(self.fc2(self.act(self.fc1(self.pool(x))))) * x


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expand, activation, attention=None):
        super().__init__()
        width = inputs * expand
        self.is_residual = stride == 1 and inputs == outputs
        layers = [conv_norm(inputs, width, 1, activation=activation)] if expand != 1 else []
        layers.append(conv_norm(width, width, 3, stride, width, activation))
        layers += [attention(width)] if attention else []
        self.conv = nn.Sequential(*layers, conv_norm(width, outputs, 1, activation=None))

    def forward(self, x):
        return x + self.conv(x) if self.is_residual else self.conv(x)


class MobileNet(nn.Module):
    def __init__(self, activation, attention=None, head_activation=None):
        super().__init__()
        self.features = nn.Sequential(
            conv_norm(3, 8, 3, 2, activation=activation),
            InvertedResidual(8, 8, 1, 1, activation, attention),
            InvertedResidual(8, 12, 2, 4, activation, attention),
            InvertedResidual(12, 12, 1, 4, activation, attention),
            conv_norm(12, 24, 1, activation=activation),
        )
        head = (
            [nn.Linear(24, 16), head_activation(inplace=True)]
            if head_activation
            else [nn.Dropout(0.2), nn.Linear(24, 16)]
        )
        self.classifier = nn.Sequential(*head, nn.Linear(16, 5))

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


def mobilenet_v3():
    return MobileNet(nn.Hardswish, lambda width: SqueezeExcite(width, nn.ReLU, nn.Hardsigmoid), nn.Hardswish)


def efficientnet():
    return MobileNet(nn.SiLU, lambda width: SqueezeExcite(width, nn.SiLU, nn.Sigmoid))


class ChannelsFirstNorm(nn.LayerNorm):
    def forward(self, x):
        return F.layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps).permute(
            0, 3, 1, 2
        )


class ConvNeXtBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.depthwise, self.norm = nn.Conv2d(dim, dim, 7, padding=3, groups=dim), nn.LayerNorm(dim, eps=1e-6)
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.scale = nn.Parameter(torch.full((dim, 1, 1), 0.5))

    def forward(self, x):
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        return x + self.scale * self.fc2(F.gelu(self.fc1(y))).permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    def __init__(self, dim=12):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, dim, 4, 4), ChannelsFirstNorm(dim, eps=1e-6))
        self.blocks = nn.Sequential(
            ConvNeXtBlock(dim), ChannelsFirstNorm(dim), nn.Conv2d(dim, 2 * dim, 2, 2), ConvNeXtBlock(2 * dim)
        )
        self.norm, self.head = nn.LayerNorm(2 * dim), nn.Linear(2 * dim, 5)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.stem(x)).mean([-2, -1])))


class EncoderLayer(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Dropout(0.1), nn.Linear(2 * dim, dim))

    def forward(self, x):
        batch, length, dim = x.shape
        q, k, v = (
            self.qkv(self.norm1(x))
            .reshape(batch, length, 3, self.heads, dim // self.heads)
            .permute(2, 0, 3, 1, 4)
            .unbind(0)
        )
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=0.1 if self.training else 0.0)
        x = x + self.proj(y.transpose(1, 2).reshape(batch, length, dim))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    def __init__(self, dim=16, size=16, patch=4):
        super().__init__()
        self.patches = nn.Conv2d(3, dim, patch, patch)
        self.cls = nn.Parameter(torch.randn(1, 1, dim) * 0.02)
        self.position = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, dim) * 0.02)
        self.layers = nn.Sequential(EncoderLayer(dim, 4), EncoderLayer(dim, 2))
        self.norm, self.head = nn.LayerNorm(dim), nn.Linear(dim, 5)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], dim=1) + self.position
        return self.head(self.norm(self.layers(x))[:, 0])


class Bert(nn.Module):
    """Embeddings of words, positions and token types; attention under an additive mask; a pooler."""

    def __init__(self, vocabulary=50, dim=16, heads=4, longest=32):
        super().__init__()
        self.heads = heads
        self.words = nn.Embedding(vocabulary, dim, padding_idx=0)
        self.positions, self.types = nn.Embedding(longest, dim), nn.Embedding(2, dim)
        self.register_buffer("position_ids", torch.arange(longest).expand((1, -1)), persistent=False)
        self.norm, self.norm1, self.norm2 = nn.LayerNorm(dim, eps=1e-12), nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.query, self.key, self.value, self.out = (nn.Linear(dim, dim) for _ in range(4))
        self.up, self.down, self.pooler = nn.Linear(dim, 32), nn.Linear(32, dim), nn.Linear(dim, dim)

    def split(self, x):
        return x.view(x.size(0), x.size(1), self.heads, -1).transpose(1, 2)

    def attend(self, x, mask):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(q.size(-1)) + mask
        context = torch.matmul(F.dropout(F.softmax(scores, dim=-1), 0.1, self.training), v)
        return self.out(context.permute(0, 2, 1, 3).contiguous().view(x.shape))

    def forward(self, input_ids, attention_mask, token_type_ids):
        mask = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * torch.finfo(torch.float32).min
        x = (
            self.words(input_ids)
            + self.types(token_type_ids)
            + self.positions(self.position_ids[:, : input_ids.shape[1]])
        )
        x = self.norm(x)
        x = self.norm1(x + self.attend(x, mask))
        x = self.norm2(x + self.down(F.gelu(self.up(x))))
        return {"last_hidden_state": x, "pooler_output": torch.tanh(self.pooler(x[:, 0]))}


class SdpaBert(Bert):
    """The same with fused attention under a boolean mask."""

    def attend(self, x, mask):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask > -1)
        return self.out(y.transpose(1, 2).reshape(x.shape))


class Decoder(nn.Module):
    """Rotary positions, root-mean-square norms, grouped queries and gated units, under a causal mask."""

    def __init__(self, dim=16, heads=4, groups=2):
        super().__init__()
        self.heads, self.groups, self.size = heads, groups, dim // heads
        self.words = nn.Embedding(40, dim)
        self.norm1, self.norm2, self.norm = nn.RMSNorm(dim, eps=1e-6), nn.RMSNorm(dim, eps=1e-6), nn.RMSNorm(dim)
        self.q, self.kv, self.o = (
            nn.Linear(dim, dim, False),
            nn.Linear(dim, 2 * groups * self.size, False),
            nn.Linear(dim, dim, False),
        )
        self.gate, self.up, self.down = nn.Linear(dim, 24, False), nn.Linear(dim, 24, False), nn.Linear(24, dim, False)
        self.register_buffer(
            "frequencies", 1.0 / (10000 ** (torch.arange(0, self.size, 2).float() / self.size)), persistent=False
        )

    def rotate(self, x):
        angles = torch.outer(torch.arange(x.shape[-2], dtype=torch.float32), self.frequencies).repeat(1, 2)
        x1, x2 = x.chunk(2, dim=-1)
        return x * angles.cos() + torch.cat((-x2, x1), dim=-1) * angles.sin()

    def forward(self, input_ids):
        x = self.words(input_ids)
        batch, length, dim = x.shape
        y = self.norm1(x)
        q = self.rotate(self.q(y).view(batch, length, self.heads, self.size).transpose(1, 2))
        k, v = self.kv(y).view(batch, length, 2 * self.groups, self.size).transpose(1, 2).split(self.groups, dim=1)
        y = F.scaled_dot_product_attention(q, self.rotate(k), v, is_causal=True, enable_gqa=True)
        x = x + self.o(y.transpose(1, 2).reshape(batch, length, dim))
        y = self.norm2(x)
        return self.norm(x + self.down(F.silu(self.gate(y)) * self.up(y))) @ self.words.weight.t()


class Windows(nn.Module):
    """Shifted windows of an image, as in Swin: roll, partition, attend, reverse."""

    def __init__(self, dim=8, window=4):
        super().__init__()
        self.window, self.layer = window, EncoderLayer(dim, 2)

    def forward(self, x):
        batch, height, width, channels = x.shape
        w = self.window
        x = torch.roll(F.pad(x, (0, 0, 0, 0, 0, 0)), shifts=(-2, -2), dims=(1, 2))
        windows = (
            x.view(batch, height // w, w, width // w, w, channels)
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(-1, w * w, channels)
        )
        y = self.layer(windows).view(batch, height // w, width // w, w, w, channels)
        return torch.roll(
            y.permute(0, 1, 3, 2, 4, 5).reshape(batch, height, width, channels), shifts=(2, 2), dims=(1, 2)
        )


class UNet(nn.Module):
    """Down and up again: group norms, transposed convolution, interpolation, skips; any image size."""

    def __init__(self):
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.norm1, self.norm2 = nn.GroupNorm(2, 8), nn.InstanceNorm2d(16, affine=True)
        self.up, self.out = nn.ConvTranspose2d(16, 8, 2, stride=2), nn.Conv2d(16, 2, 1)

    def forward(self, x):
        skip = F.leaky_relu(self.norm1(self.down1(x)), 0.1)
        y = F.mish(self.norm2(self.down2(skip)))
        y = torch.cat([skip, self.up(y)], dim=1)
        return F.interpolate(self.out(y), scale_factor=2, mode="bilinear", align_corners=False)


class Pitch(nn.Module):
    """Sound: one-dimensional convolutions over unbatched lengths, and a cumulative sum."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv1d(1, 6, 16, stride=4), nn.Conv1d(6, 8, 5, padding="same")
        self.norm, self.fc = nn.BatchNorm1d(6, eps=0.001), nn.Linear(8, 7)

    def forward(self, x):
        x = F.max_pool1d(self.norm(F.relu(self.conv1(F.pad(x[:, None], (6, 6))))), 2)
        x = torch.sigmoid(self.fc(F.elu(self.conv2(x)).transpose(1, 2)))
        return x.cumsum(1), x.amax(1), x.argmax(-1)


class Video(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv3d(2, 6, 3, padding=1), nn.BatchNorm3d(6), nn.Linear(6 * 2 * 3 * 3, 4)

    def forward(self, x):
        x = F.max_pool3d(F.hardswish(self.norm(self.conv(x))), (1, 2, 2))
        return self.fc(F.adaptive_avg_pool3d(x, (2, 3, 3)).flatten(1))


class Mutations(nn.Module):
    """Writes in place and through views, read through other views."""

    def forward(self, x):
        base = x.clone()
        view = base.view(x.shape[0], 2, 6)
        view[:, 1] += 10
        base.add_(1).relu_()
        table = torch.zeros_like(x)
        table[:, 2:5] = x[:, :3] * 2
        table[:, 0].fill_(7)
        table[:, -1] = base.sum(1)
        table.masked_fill_(x > 1, -1.0)
        return view * 2, table.t(), base


def images(*shape):
    return lambda batch: (torch.randn(batch, *shape),)


def tokens(batch):
    length = 5 + batch
    ids = torch.randint(1, 50, (batch, length))
    mask = (torch.arange(length)[None] < torch.arange(length, length - batch, -1)[:, None]).long()
    return ids, mask, torch.randint(0, 2, (batch, length))


BATCH = Dim("batch", min=1, max=64)
LENGTH = Dim("length", min=2, max=32)
HALF = Dim("half", min=2, max=32)
ROWS = ({0: BATCH},)
SEQUENCES = ({0: BATCH, 1: LENGTH},) * 3

# name: (model, inputs of a batch size, dynamic shapes)
MODELS = {
    "mlp": (mlp, images(12), ROWS),
    "lenet": (LeNet, images(1, 28, 28), ROWS),
    "resnet_basic": (lambda: ResNet(BasicBlock(8, 8, 1), BasicBlock(8, 16, 2)), images(3, 32, 32), ROWS),
    "resnet_bottleneck": (lambda: ResNet(Bottleneck(8, 4, 2)), images(3, 32, 32), ROWS),
    "mobilenet_v2": (lambda: MobileNet(nn.ReLU6), images(3, 24, 24), ROWS),
    "mobilenet_v3": (mobilenet_v3, images(3, 24, 24), ROWS),
    "efficientnet": (efficientnet, images(3, 24, 24), ROWS),
    "convnext": (ConvNeXt, images(3, 32, 32), ROWS),
    "vit": (ViT, images(3, 16, 16), ROWS),
    "bert": (Bert, tokens, SEQUENCES),
    "bert_sdpa": (SdpaBert, tokens, SEQUENCES),
    "decoder": (Decoder, lambda batch: (torch.randint(0, 40, (batch, 4 + batch)),), SEQUENCES[:1]),
    "windows": (Windows, images(8, 8, 8), ROWS),
    "unet": (UNet, lambda batch: (torch.randn(batch, 3, 4 + 2 * batch, 8),), ({0: BATCH, 2: 2 * HALF},)),
    "pitch": (Pitch, images(64), ROWS),
    "video": (Video, images(2, 3, 8, 8), ROWS),
    "mutations": (Mutations, images(12), ROWS),
}


def settle(model):
    """Gives norms other statistics and weights than those they start with."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.uniform_(-0.3, 0.3)
            module.running_var.uniform_(0.5, 1.5)
        if (
            isinstance(module, (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm))
            and module.weight is not None
        ):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.2, 0.2)
    return model.eval()


def leaves(result):
    return (
        list(result.values())
        if isinstance(result, dict)
        else [result]
        if isinstance(result, torch.Tensor)
        else list(result)
    )


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    tensors, cases = TensorFile(), []
    for name, (make, inputs_of, dynamic) in MODELS.items():
        torch.manual_seed(0)
        model = settle(make())
        batches = [inputs_of(batch) for batch in (2, 3, 1)]
        with torch.no_grad():
            runs = [{"inputs": tensors.add_all(i), "outputs": tensors.add_all(leaves(model(*i)))} for i in batches]
            program = export(model, batches[0], dynamic_shapes=dynamic, strict=False)
            for dialect, variant in (("", program), ("_core", program.run_decompositions())):
                data = program_bytes(variant, keeps_samples=True)
                (FOLDER / f"{name}{dialect}.pt2").write_bytes(data)
                cases.append({"name": f"{name}{dialect}", "targets": targets_of(variant), "runs": runs})
                print(f"{name}{dialect}: {len(data):,} bytes")
    (FOLDER / "tensors.bin").write_bytes(tensors.data)
    lines = ",\n".join(json.dumps(case) for case in cases)
    (FOLDER / "manifest.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
