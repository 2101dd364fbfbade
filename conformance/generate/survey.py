"""Exports the models of the survey with torch.export, with what eager PyTorch computes, into a folder outside of the repository.

    python conformance/generate/survey.py FOLDER [--again] [NAME...]

A name is that of a library or of a model: `transformers`, `timm/volo_d1_224`. A model whose facts are in the folder is passed
over, unless asked for again. For each model: NAME.pt2, NAME.bin with the tensors, NAME.json with how it was exported, where the
tensors are, or why the export failed.
"""

import argparse
import json
import os
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

import torchvision_schemas  # noqa: F401, I001  (before what imports torchvision)
import torch

from torch.export import Dim, export, save
from torch.utils import _pytree as pytree

import survey_transformers
import survey_vision
from case_bundle import TensorFile

LIBRARIES = {
    "transformers": survey_transformers.MODELS,
    "torchvision": survey_vision.TORCHVISION,
    "timm": survey_vision.TIMM,
}
TIMEOUT_S = 900
BATCHES, LENGTHS = (2, 3), (10, 13)
RANGES = {"batch": (1, 64), "length": (2, 48), "samples": (200, 4096)}


def settle(model):
    """Moves parameters and statistics that start as constants: layers that start out as nothing would hide what is wrong in them."""
    for parameter in model.parameters():
        if parameter.numel() and parameter.is_floating_point() and parameter.min() == parameter.max():
            parameter.data.copy_(varied(parameter))
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.uniform_(-0.3, 0.3)
        if name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)
    return model.eval()


def varied(parameter):
    value = parameter.detach().flatten()[0].item()
    noise = torch.rand_like(parameter)
    if value == 0:
        return noise * 0.4 - 0.2
    return 0.1 + 0.4 * noise if abs(value) < 0.1 else value * (0.7 + 0.6 * noise)


def dynamic_shapes(inputs, axes):
    """Axes of every tensor input by name: equal sizes on equal axes are one dimension."""
    dims = {axis: Dim(name, min=RANGES[name][0], max=RANGES[name][1]) for name, axis in axes.items()}
    if not dims:
        return None

    def of(tensor):
        return {axis: dim for axis, dim in dims.items() if is_dynamic(tensor, axis)}

    return pytree.tree_map(of, inputs)


def is_dynamic(tensor, axis):
    return axis < tensor.dim() and (axis == 0 or tensor.dim() == 2)


def split(inputs):
    return ((), inputs) if isinstance(inputs, dict) else (inputs, {})


def tensors_of(result):
    return [leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, torch.Tensor)]


def attempts(axes):
    """The dynamic axes to try, most first."""
    yield axes
    if len(axes) > 1:
        yield {"batch": 0}
    yield {}


def exported(model, inputs, axes):
    """The program, its dynamic axes, and why more of them failed."""
    failures = []
    for attempt in attempts(axes):
        args, kwargs = split(inputs)
        try:
            program = export(model, args, kwargs, dynamic_shapes=dynamic_shapes(inputs, attempt) or None, strict=False)
            return program, attempt, failures
        except Exception as error:
            failures.append(summary(error))
    raise RuntimeError(failures[-1])


def summary(error):
    return f"{type(error).__name__}: {str(error).strip()[:200]}".splitlines()[0]


def sizes(axes, run):
    return BATCHES[run if "batch" in axes else 0], LENGTHS[run if len(axes) > 1 else 0]


def survey(model, inputs_of, axes, folder, name):
    torch.manual_seed(0)
    model = settle(model())
    program, dynamic, failures = exported(model, inputs_of(BATCHES[0], LENGTHS[0]), axes)
    tensors, runs = TensorFile(), []
    for run in range(2):
        inputs = inputs_of(*sizes(dynamic, run))
        args, kwargs = split(inputs)
        with torch.no_grad():
            result = model(*args, **kwargs)
        runs.append({"inputs": tensors.add_all(tensors_of(inputs)), "outputs": tensors.add_all(tensors_of(result))})
    save(program, folder / f"{name}.pt2")
    (folder / f"{name}.bin").write_bytes(tensors.data)
    targets = sorted({str(node.target) for node in program.graph.nodes if node.op == "call_function"})
    return {"name": name, "dynamic": sorted(dynamic), "failures": failures, "targets": targets, "runs": runs}


def in_child(work):
    """Runs in a process of its own, so that memory is given back and a crash is that of one model."""
    child = os.fork()
    if child == 0:
        signal.alarm(TIMEOUT_S)
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1]


def record(entry, path):
    path.write_text(json.dumps(entry))
    state = f"failed: {entry['error']}" if "error" in entry else f"dynamic {', '.join(entry['dynamic']) or 'nothing'}"
    print(f"{entry['name']}: {state}", *entry.get("failures", []), sep="\n    ", flush=True)


def run(library, name, folder):
    path = folder / library / f"{name}.json"
    full = f"{library}/{name}"

    def work():
        started = time.time()
        try:
            entry = survey(*LIBRARIES[library][name], path.parent, name)
        except Exception as error:
            traceback.print_exc()
            entry = {"name": name, "error": summary(error)}
        record({**entry, "name": full, "seconds": round(time.time() - started, 1)}, path)

    status = in_child(work)
    if status != 0:
        record({"name": full, "error": f"the process ended with status {status}"}, path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for library, models in LIBRARIES.items():
        (options.folder / library).mkdir(parents=True, exist_ok=True)
        for name in models:
            is_wanted = not options.names or library in options.names or f"{library}/{name}" in options.names
            is_done = (options.folder / library / f"{name}.json").exists() and not options.again
            if is_wanted and not is_done:
                run(library, name, options.folder)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    warnings.filterwarnings("ignore")
    main()
