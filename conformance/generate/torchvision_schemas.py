"""Lets torchvision be imported where its native half is missing: its Python side wants to know these operators."""

import torch

LIBRARY = torch.library.Library("torchvision", "DEF")
for operator in ("nms", "qnms"):
    if not torch._C._dispatch_has_kernel(f"torchvision::{operator}"):
        LIBRARY.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
