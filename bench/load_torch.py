"""Prints, in milliseconds, how long PyTorch takes to be imported and to load a model of make_models.py in each form it has."""

import json
import pathlib
import sys
import time

start = time.perf_counter()
import torch  # noqa: E402

FOLDER = pathlib.Path(__file__).parent / "models"


def timed(load, file):
    if not file.exists():
        return None
    begin = time.perf_counter()
    load(file)
    return (time.perf_counter() - begin) * 1000


import_ms = (time.perf_counter() - start) * 1000
torch.set_num_threads(1)
name = sys.argv[1]
figures = {
    "importMs": import_ms,
    "scriptMs": timed(torch.jit.load, FOLDER / f"{name}.pt"),
    "exportMs": timed(lambda file: torch.export.load(file).module(), FOLDER / f"{name}.pt2"),
}
print(json.dumps(figures))
