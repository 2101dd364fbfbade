"""Cases for single operators, from the samples of PyTorch's own OpInfo.

Usage: python operators.py

An OpInfo takes part when its samples export to operators that are supported, which ../data/targets.txt lists. Index 0
of its samples always does; further ones are picked to differ in shapes or arguments.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence

import torch
from torch.export import ExportedProgram
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils._pytree import TreeSpec, tree_flatten, tree_unflatten

from case_bundle import DATA, DTYPES, CaseBundle, tensor_bytes

SAMPLES = {torch.float32: 5, torch.int64: 3, torch.bool: 2, torch.float16: 2}
LARGEST_CASE_BYTES = 32 * 1024
ASSERTIONS = ("aten._assert", "aten.sym_constrain")
# What these give is whatever lies in memory.
ARBITRARY = ("empty", "empty_like", "new_empty", "empty_permuted", "empty_strided", "new_empty_strided")
SUPPORTED = frozenset((DATA / "targets.txt").read_text().split())


class Applied(torch.nn.Module):
    """An operator as a module of its tensors; everything else is fixed."""

    def __init__(self, op: Callable, leaves: Sequence, spec: TreeSpec):
        super().__init__()
        self.op, self.leaves, self.spec = op, leaves, spec

    @property
    def tensors(self) -> tuple[torch.Tensor, ...]:
        return tuple(leaf for leaf in self.leaves if isinstance(leaf, torch.Tensor))

    def forward(self, *tensors):
        given = iter(tensors)
        leaves = [next(given) if isinstance(leaf, torch.Tensor) else leaf for leaf in self.leaves]
        args, kwargs = tree_unflatten(leaves, self.spec)
        result = self.op(*args, **kwargs)
        return tuple(result) if isinstance(result, tuple) else result

    def outputs(self) -> list:
        with torch.no_grad():
            leaves, _ = tree_flatten(self(*(tensor.clone() for tensor in self.tensors)))
        return [leaf for leaf in leaves if leaf is not None]

    def in_float32(self) -> "Applied":
        return Applied(self.op, [single(leaf) for leaf in self.leaves], self.spec)


def single(leaf):
    """The same in float32 where it is float16."""
    if isinstance(leaf, torch.Tensor):
        return leaf.float() if leaf.dtype == torch.float16 else leaf
    return torch.float32 if leaf is torch.float16 else leaf


def signature(sample) -> str:
    leaves, _ = tree_flatten((sample.input, sample.args, sample.kwargs))
    return str([tuple(leaf.shape) if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves])


def chosen(samples: list, count: int) -> list[tuple[int, object]]:
    """Index 0 and others, evenly spread over those that differ in shapes or arguments."""
    distinct = {signature(sample): i for i, sample in reversed(list(enumerate(samples)))}
    others = sorted(i for i in distinct.values() if i != 0)
    step = max(1, len(others) // max(1, count - 1))
    return [(i, samples[i]) for i in [0, *others[step - 1 :: step][: count - 1]]]


def is_usable(tensors: Sequence) -> bool:
    if not all(isinstance(t, torch.Tensor) and t.layout == torch.strided for t in tensors):
        return False
    if not all(t.dtype in DTYPES and not t.is_complex() for t in tensors):
        return False
    return sum(len(tensor_bytes(t)) for t in tensors) <= LARGEST_CASE_BYTES


def is_supported(program: ExportedProgram) -> bool:
    calls = [node.target for node in program.graph.nodes if node.op == "call_function"]
    if any(isinstance(target, torch._ops.HigherOrderOperator) for target in calls):
        return False
    names = [str(target) for target in calls if isinstance(target, torch._ops.OpOverload)]
    return all(name.replace("_.", ".") in SUPPORTED or name.startswith(ASSERTIONS) for name in names)


def rounding(module: Applied, outputs: Sequence[torch.Tensor]) -> dict:
    """How far float16 results are from PyTorch's own float32 results: what it loses between partial results."""
    if all(output.dtype != torch.float16 for output in outputs):
        return {}
    errors = [(half.float() - exact).abs() for half, exact in zip(outputs, module.in_float32().outputs())]
    return {"rounding": max((float(e[e.isfinite()].max()) for e in errors if e.isfinite().any()), default=0.0)}


def programs(op, dtype: torch.dtype) -> Iterator[tuple[int, Applied, list, ExportedProgram]]:
    torch.manual_seed(0)
    samples = list(op.sample_inputs("cpu", dtype, requires_grad=False))
    for index, sample in chosen(samples, SAMPLES[dtype]) if samples else []:
        module = Applied(op.op, *tree_flatten(((sample.input, *sample.args), sample.kwargs))).eval()
        outputs = module.outputs()
        if outputs and is_usable([*module.tensors, *outputs]):
            with torch.no_grad():
                program = torch.export.export(module, module.tensors, strict=False)
            if is_supported(program):
                yield index, module, outputs, program


def add_cases(op, dtype: torch.dtype, bundle: CaseBundle, decomposed: CaseBundle) -> None:
    variant = f"{op.name}.{op.variant_test_name}" if op.variant_test_name else op.name
    for index, module, outputs, program in programs(op, dtype):
        name, runs = f"{variant}.{DTYPES[dtype]}.{index}", [(module.tensors, outputs)]
        facts = {"arbitrary": True} if op.name in ARBITRARY else rounding(module, outputs)
        bundle.add(name, program, runs, **facts)
        core = program.run_decompositions() if index == 0 and dtype == torch.float32 else None
        if core and is_supported(core):
            decomposed.add(name, core, runs, **facts)


def main() -> None:
    bundles, decomposed = {dtype: CaseBundle() for dtype in SAMPLES}, CaseBundle()
    for op in op_db:
        for dtype in SAMPLES:
            if not op.supports_dtype(dtype, "cpu"):
                continue
            try:
                add_cases(op, dtype, bundles[dtype], decomposed)
            except Exception as error:  # a sample that does not export says nothing about us
                print(f"skipped {op.name} {dtype}: {next(iter(str(error).splitlines()), type(error).__name__)}")
    for dtype, bundle in bundles.items():
        bundle.write(DATA / "operators" / f"{DTYPES[dtype]}.zip")
    decomposed.write(DATA / "operators" / "decomposed.zip")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
