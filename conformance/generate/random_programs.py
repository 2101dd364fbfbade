"""Programs composed at random: chains of operators, views and writes in place, exported, traced and scripted.

`python random_programs.py [FOLDER [SEED [COUNT]]]` writes programs.zip (.pt2) and scripts.zip (TorchScript). Without
arguments: the bundles of the tests. `TORCHRELAY_RANDOM=FOLDER npx vitest run conformance/random` runs others.
"""

import importlib.util
import random
import sys
import tempfile
import textwrap
import warnings
from pathlib import Path

import torch
from torch.export import Dim, export

import random_templates as templates
from case_bundle import DATA, CaseBundle
from torchscript import ScriptBundle, archive_bytes, computed

LARGEST_TENSOR = 400
LARGEST_VALUE = 1e4
# Statements are drawn until this many in a row do not run.
PATIENCE = 60

SHARE_OF_STATEMENTS = 0.25
PROLOGUE = ["t0 = x.clone()", "t1 = y.clone()", "t2 = i.clone()"]


def sample(rows: int) -> tuple[torch.Tensor, ...]:
    """Multiples of 1/8, so that sums are exact and comparisons do not depend on their order."""
    grid = [torch.randint(-16, 17, (rows, 2, 4)) / 8 for _ in range(2)]
    return *grid, torch.randint(-4, 5, (rows, 4))


def clones(tensors) -> tuple:
    return tuple(tensor.clone() for tensor in tensors)


class Program:
    """Grows line by line; every line has run."""

    def __init__(self, seed: int) -> None:
        self.choice = random.Random(seed)
        torch.manual_seed(seed)
        self.inputs = sample(3)
        self.lines: list[str] = []
        self.tensors = self.run(self.lines)
        self.grow(self.choice.randint(4, 14))

    def run(self, lines: list[str]) -> dict[str, torch.Tensor]:
        x, y, i = clones(self.inputs)
        names = {"torch": torch, "F": torch.nn.functional, "x": x, "y": y, "i": i}
        exec("\n".join(PROLOGUE + lines), names)
        return {name: value for name, value in names.items() if name[0] == "t" and name[1:].isdigit()}

    def grow(self, length: int) -> None:
        failures = 0
        while len(self.lines) < length and failures < PATIENCE:
            line = self.line()
            try:
                tensors = self.run([*self.lines, line])
            except Exception:
                failures += 1
                continue
            if all(map(is_tame, tensors.values())):
                self.lines.append(line)
                self.tensors = tensors

    def line(self) -> str:
        if self.choice.random() < SHARE_OF_STATEMENTS:
            return self.fill(self.choice.choice(templates.STATEMENTS), writes=True)
        return f"t{len(self.tensors)} = {self.fill(self.choice.choice(templates.EXPRESSIONS))}"

    def fill(self, template: str, writes: bool = False) -> str:
        """What a write gives whose operand shares the memory that it changes is not defined."""
        pick = self.choice.choice
        names = list(self.tensors)
        a = pick(names[-6:])
        self_ = self.tensors[a]
        rank = max(self_.dim(), 1)
        others = [name for name in names if address(self.tensors[name]) != address(self_)] if writes else names
        b = pick([name for name in others if self.tensors[name].shape == self_.shape] or [f"{a}.clone()"])
        matrices = [name for name, value in self.tensors.items() if value.dim() == 2]
        named = {"x": range(-rank, rank), "y": range(-rank, rank), "c": others or names, "i": matrices or names}
        lists = {**templates.LISTS, **named}
        drawn = {name: pick(values) for name, values in lists.items()}
        drawn["at"] = f"{b}.abs().long()%{a}.shape[{drawn['x']}]"
        order = self.choice.sample(range(rank), rank)
        fixed = {"a": a, "b": b, "order": order, "keep": ",".join(["-1"] * rank), "twos": ",".join(["2"] * rank)}
        return template.format(**fixed, **drawn, place=pick(templates.PLACES).format(b=b))

    @property
    def source(self) -> str:
        results = ", ".join(list(self.tensors)[-6:])
        body = textwrap.indent("\n".join([*PROLOGUE, *self.lines, f"return ({results},)"]), "        ")
        head = "import torch\nfrom torch import Tensor\nfrom torch.nn import functional as F\n\n\nclass Random(torch.nn.Module):\n"
        return f"{head}    def forward(self, x: Tensor, y: Tensor, i: Tensor):\n{body}\n"


def address(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def is_tame(tensor: torch.Tensor) -> bool:
    if tensor.is_complex() or not 0 < tensor.numel() <= LARGEST_TENSOR:
        return False
    return not tensor.is_floating_point() or bool(tensor.isfinite().all() and tensor.abs().max() <= LARGEST_VALUE)


def noisy(tensor: torch.Tensor) -> torch.Tensor:
    return tensor * (1 + (torch.rand_like(tensor) - 0.5) * 4e-5) if tensor.is_floating_point() else tensor.clone()


def is_stable(module: torch.nn.Module, inputs) -> bool:
    """Whether it runs, and inputs that are a little different give results that are."""
    try:
        outputs = module(*clones(inputs))
        return all(is_close(module, inputs, outputs, seed) for seed in range(4))
    except Exception:
        return False


def is_close(module: torch.nn.Module, inputs, outputs, seed: int) -> bool:
    torch.manual_seed(seed)
    pairs = list(zip(module(*map(noisy, inputs)), outputs))
    return all(a.shape == b.shape and torch.allclose(a.double(), b.double(), 2e-3, 2e-3) for a, b in pairs)


def module_of(source: str, name: str, folder: Path) -> torch.nn.Module:
    """From a file, since scripting reads the source."""
    path = folder / f"{name}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Random()


def runs_of(compute, batches) -> list[tuple]:
    """Inputs and outputs; without batches of other sizes than that of the export on which the program does not run."""
    runs = []
    for index, inputs in enumerate(batches):
        try:
            outputs = list(compute(*clones(inputs)))
        except Exception:
            if index == 0:
                raise
            continue
        if all(map(is_tame, outputs)):
            runs.append((list(inputs), outputs))
    return runs


def add_exported(bundle: CaseBundle, name: str, module: torch.nn.Module, batches) -> None:
    batch = Dim("batch", min=2, max=64)
    try:
        program = export(module, clones(batches[0]), dynamic_shapes=({0: batch},) * 3)
    except Exception:
        program, batches = export(module, clones(batches[0])), batches[:1]
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)
    bundle.add(name, program, runs_of(program.module(), batches))


INPUTS = [("x", "float32", ["batch", 2, 4]), ("y", "float32", ["batch", 2, 4]), ("i", "int64", ["batch", 4])]


def add_script(bundle: ScriptBundle, name: str, script, batches, **options) -> None:
    data = archive_bytes(script)
    bundle.add_archive(name, data, runs_of(lambda *inputs: computed(data, inputs), batches), **options)


def add_program(seed: int, programs: CaseBundle, scripts: ScriptBundle, folder: Path) -> None:
    """Leaves out what a form of export does not take."""
    program = Program(seed)
    module = module_of(program.source, f"random{seed}", folder)
    if not is_stable(module, program.inputs):
        return
    others = sample(5)
    batches = [program.inputs, others] if is_stable(module, others) else [program.inputs]
    inputs = [{"name": name, "dtype": dtype, "shape": shape} for name, dtype, shape in INPUTS]
    attempts = [
        lambda: add_exported(programs, f"random{seed}", module, batches),
        lambda: add_script(scripts, f"traced{seed}", torch.jit.trace(module, clones(batches[0]), check_trace=False), batches),
        lambda: add_script(scripts, f"scripted{seed}", torch.jit.script(module), batches, options={"inputs": inputs}),
    ]
    for attempt in attempts:
        try:
            attempt()
        except Exception:
            continue


def main(folder: str = str(DATA / "random"), seed: str = "1", count: str = "100") -> None:
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    programs, scripts = CaseBundle(), ScriptBundle()
    with tempfile.TemporaryDirectory() as sources, torch.no_grad():
        for index in range(int(count)):
            add_program(int(seed) * 100_000 + index, programs, scripts, Path(sources))
    programs.write(Path(folder) / "programs.zip")
    scripts.write(Path(folder) / "scripts.zip")


if __name__ == "__main__":
    main(*sys.argv[1:])
