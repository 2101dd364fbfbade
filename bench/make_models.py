"""Writes the models that the benchmarks measure into bench/models/, with torch==2.13.0. Random weights: only time matters.

    python bench/make_models.py [--onnx] [--torchscript] [simple resnet18 mlp100mb vit_b16 bert_base …]

With --onnx, what PyTorch's own exporter makes of each goes beside it (needs onnxscript); with --torchscript, its trace. The mobile and window networks
are torchvision's, and gpt2 is that of transformers.
"""

import argparse
import importlib
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F

FOLDER = pathlib.Path(__file__).parent / "models"


class SimpleModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 1)

    def forward(self, x):
        return self.fc(x)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out)) + self.downsample(x))


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        widths = [(64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)]
        self.layers = nn.Sequential(*[nn.Sequential(BasicBlock(i, o, s), BasicBlock(o, o, 1)) for i, o, s in widths])
        self.fc = nn.Linear(512, 1000)

    def forward(self, x):
        return self.fc(F.adaptive_avg_pool2d(self.layers(self.stem(x)), 1).flatten(1))


class Mlp(nn.Module):
    """25 million parameters: 100 MB."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(*[m for _ in range(6) for m in (nn.Linear(2041, 2041), nn.ReLU())])

    def forward(self, x):
        return self.layers(x)


class VitBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        x = x + self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c))
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    """ViT-B/16: 86 million parameters, 346 MB."""

    def __init__(self, width=768, depth=12, heads=12):
        super().__init__()
        self.patch = nn.Conv2d(3, width, 16, 16)
        self.cls = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(torch.randn(1, 197, width) * 0.02)
        self.blocks = nn.Sequential(*[VitBlock(width, heads) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 1000)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.position
        return self.head(self.norm(self.blocks(x))[:, 0])


class BertLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x, mask):
        b, n, c = x.shape
        q, k, v = (f(x).view(b, n, self.heads, c // self.heads).transpose(1, 2) for f in (self.query, self.key, self.value))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.norm1(x + self.out(y.transpose(1, 2).reshape(b, n, c)))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class Bert(nn.Module):
    """BERT-base with a small vocabulary and a classifier on the first token: 86 million parameters, 347 MB."""

    def __init__(self, width=768, depth=12, heads=12, words=1000, positions=512, classes=16):
        super().__init__()
        self.words, self.positions = nn.Embedding(words, width), nn.Embedding(positions, width)
        self.norm = nn.LayerNorm(width)
        self.layers = nn.ModuleList([BertLayer(width, heads) for _ in range(depth)])
        self.pooler, self.classifier = nn.Linear(width, width), nn.Linear(width, classes)

    def forward(self, input_ids, attention_mask):
        mask = attention_mask[:, None, None, :] > 0
        x = self.norm(self.words(input_ids) + self.positions(torch.arange(input_ids.shape[1])))
        for layer in self.layers:
            x = layer(x, mask)
        return self.classifier(torch.tanh(self.pooler(x[:, 0])))


class Lstm(nn.Module):
    """Two layers in both directions, and a classifier on every step: 3 million parameters."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(128, 256, num_layers=2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(512, 64)

    def forward(self, x):
        return self.head(self.lstm(x)[0])


def library(name):
    """A package that may import torchvision, of which some schemas come first that are not installed everywhere."""
    sys.path.append(str(pathlib.Path(__file__).parents[1] / "conformance" / "generate"))
    importlib.import_module("torchvision_schemas")
    return importlib.import_module(name)


def vision(name):
    return library("torchvision").models.get_model(name)


class Gpt2(nn.Module):
    """GPT-2 small without a cache: 124 million parameters, 498 MB."""

    def __init__(self):
        super().__init__()
        transformers = library("transformers")
        self.model = transformers.GPT2LMHeadModel(transformers.GPT2Config(use_cache=False))

    def forward(self, input_ids):
        return self.model(input_ids=input_ids).logits


BATCH = torch.export.Dim("batch", min=1, max=4096)
LENGTH = torch.export.Dim("length", min=2, max=512)


def rows(*shape):
    """Inputs of two rows, and which of their dimensions vary."""
    return (torch.randn(2, *shape),), ({0: BATCH},)


def tokens():
    ids = torch.randint(0, 1000, (2, 64))
    return (ids, torch.ones_like(ids)), ({0: BATCH, 1: LENGTH},) * 2


def words():
    return (torch.randint(0, 1000, (2, 64)),), ({0: BATCH, 1: LENGTH},)


MODELS = {
    "simple": (SimpleModel, lambda: rows(10)),
    "resnet18": (ResNet18, lambda: rows(3, 224, 224)),
    "mlp100mb": (Mlp, lambda: rows(2041)),
    "vit_b16": (Vit, lambda: rows(3, 224, 224)),
    "bert_base": (Bert, tokens),
    "mobilenet_v3": (lambda: vision("mobilenet_v3_large"), lambda: rows(3, 224, 224)),
    "swin_t": (lambda: vision("swin_t"), lambda: rows(3, 224, 224)),
    "gpt2": (Gpt2, words),
    "lstm": (Lstm, lambda: rows(64, 128)),
}


def as_trained(model):
    """Without the zeros of a network that was never trained, which PyTorch's exporter leaves out of the graph."""
    with torch.no_grad():
        for tensor in [*model.parameters(), *model.buffers()]:
            if tensor.is_floating_point() and not tensor.any():
                tensor.normal_(0, 0.02)
    return model.eval()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--onnx", action="store_true")
    parser.add_argument("--torchscript", action="store_true")
    parser.add_argument("names", nargs="*", default=list(MODELS))
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for name in options.names:
        make, example = MODELS[name]
        torch.manual_seed(0)
        inputs, dynamic_shapes = example()
        model = as_trained(make())
        program = torch.export.export(model, inputs, dynamic_shapes=dynamic_shapes)
        torch.export.save(program, FOLDER / f"{name}.pt2")
        if options.onnx:
            torch.onnx.export(program, dynamo=True).save(FOLDER / f"{name}.onnx", external_data=True)
        if options.torchscript:
            torch.jit.trace(model, inputs).save(FOLDER / f"{name}.pt")
        print(f"{name}: {(FOLDER / f'{name}.pt2').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
