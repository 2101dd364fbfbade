"""An exported program in the text form of src/graph/print.ts, with ` strided` after what is not row-major."""

import json
import operator

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, OutputKind

KINDS = {InputKind.PARAMETER: "parameter", InputKind.BUFFER: "buffer", InputKind.CONSTANT_TENSOR: "constant"}


def dim_text(size: int | torch.SymInt) -> str:
    return str(size if isinstance(size, int) else size.node.expr)


def type_text(value) -> str:
    if isinstance(value, torch.Tensor):
        shape = ", ".join(dim_text(size) for size in value.shape)
        return f"{str(value.dtype)[6:]}[{shape}]" + ("" if value.is_contiguous() else " strided")
    if isinstance(value, torch.SymInt):
        return f"int64({dim_text(value)})"
    return {int: "int64", float: "float64", torch.SymFloat: "float64", torch.SymBool: "bool", bool: "bool"}[type(value)]


def target_text(target) -> str:
    if not isinstance(target, torch._ops.OpOverload):
        module = target.__module__.split(".")[0]
        return f"{module}.{target.__name__}"
    schema = target._schema
    return f"{schema.name.replace('::', '.')}.{schema.overload_name or 'default'}"


class TextGraph:
    """Prints the nodes of one graph; results of `getitem` are named where they are made."""

    def __init__(self, program: ExportedProgram):
        self.program = program
        self.names: dict[torch.fx.Node, str] = {}

    def lines(self) -> list[str]:
        signature = self.program.graph_signature
        specs = {spec.arg.name: spec for spec in signature.input_specs}
        nodes = self.program.graph.nodes
        placeholders = [node for node in nodes if node.op == "placeholder"]
        users = [node for node in placeholders if specs[node.name].kind == InputKind.USER_INPUT]
        lines = [f"symbol {s} in [{int(r.lower)}, {bound(r.upper)}]" for s, r in self.program.range_constraints.items()]
        lines += [f"input {node.name}: {self.value(node.name, node.meta['val'])}" for node in users]
        for node in placeholders:
            if node not in users:
                spec = specs[node.name]
                lines.append(f"{KINDS[spec.kind]} {spec.target}: {self.value(node.name, node.meta['val'])}")
        calls = [node for node in nodes if node.op == "call_function" and node.target is not operator.getitem]
        lines += [self.call(node) for node in calls]
        results = next(node for node in nodes if node.op == "output").args[0]
        outputs = [r for r, s in zip(results, signature.output_specs) if s.kind == OutputKind.USER_OUTPUT]
        return lines + [f"output out_{i}: {self.argument(node)}" for i, node in enumerate(outputs)]

    def value(self, name: str, value) -> str:
        return f"%{name}: {type_text(value)}"

    def call(self, node) -> str:
        results = self.results(node)
        arguments = dict(node.kwargs)
        if isinstance(node.target, torch._ops.OpOverload):
            arguments = dict(zip((a.name for a in node.target._schema.arguments), node.args)) | arguments
        else:
            arguments = dict(zip("abc", node.args)) | arguments
        text = ", ".join(f"{name}={self.argument(value)}" for name, value in arguments.items())
        stack = list((node.meta.get("nn_module_stack") or {}).values())
        path = stack[-1][0] if stack else ""
        left = ", ".join(results) + " = " if results else ""
        return f"{left}{target_text(node.target)}({text})" + (f"  # {path}" if path else "")

    def results(self, node) -> list[str]:
        value = node.meta.get("val")
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            self.names[node] = node.name
            return [self.value(node.name, value)]
        items = {user.args[1]: user for user in node.users if user.target is operator.getitem}
        names = [items[i].name if i in items else f"{node.name}_unused_{i}" for i in range(len(value))]
        self.names |= {user: names[user.args[1]] for user in node.users if user.target is operator.getitem}
        return [self.value(name, item) for name, item in zip(names, value)]

    def argument(self, value) -> str:
        if isinstance(value, torch.fx.Node):
            return f"%{self.names.get(value, value.name)}"
        if isinstance(value, (list, tuple)):
            return f"[{', '.join(self.argument(item) for item in value)}]"
        if isinstance(value, (torch.dtype, torch.memory_format, torch.layout)):
            return f'"{str(value)[6:]}"'
        if value is None or isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value).replace("inf", "Infinity")
        return json.dumps(str(value) if isinstance(value, torch.device) else value)


def bound(upper) -> str:
    return "Infinity" if str(upper) in ("int_oo", "oo") else str(int(upper))


def graph_text(program: ExportedProgram) -> str:
    return "\n".join(TextGraph(program).lines()) + "\n"
