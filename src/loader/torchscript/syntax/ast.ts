/**
 * The language that TorchScript prints its code in: a small part of Python, one statement a line. Every statement and
 * definition knows its line, counted from 1 in the file that {@link FunctionDefinition} and {@link ClassDefinition} name;
 * an expression is on the line of its statement.
 */
export type Statement =
  | AssignStatement
  | UnpackStatement
  | ParallelStatement
  | SetAttributeStatement
  | ExpressionStatement
  | IfStatement
  | WhileStatement
  | ForStatement
  | WithStatement
  | DefineStatement
  | ReturnStatement;

interface Located {
  readonly line: number;
}

/** `target = value`, or `target : type = value`. */
export interface AssignStatement extends Located {
  readonly kind: "assign";
  readonly target: string;
  readonly type: TypeExpression | undefined;
  readonly value: Expression;
}

/** `a, b, = value` and `a, b = value`: one value that is a tuple, a list, or the results of an operator. */
export interface UnpackStatement extends Located {
  readonly kind: "unpack";
  readonly targets: readonly string[];
  readonly value: Expression;
}

/** `a, b = x, y`: all values are computed before any target changes. As many values as targets, at least two. */
export interface ParallelStatement extends Located {
  readonly kind: "parallel";
  readonly targets: readonly string[];
  readonly values: readonly Expression[];
}

/** `object.name = value` */
export interface SetAttributeStatement extends Located {
  readonly kind: "set-attribute";
  readonly object: Expression;
  readonly name: string;
  readonly value: Expression;
}

export interface ExpressionStatement extends Located {
  readonly kind: "expression";
  readonly value: Expression;
}

/** `otherwise` is empty when there is no `else`. A `pass` is no statement: a branch that only passes is empty. */
export interface IfStatement extends Located {
  readonly kind: "if";
  readonly condition: Expression;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
}

export interface WhileStatement extends Located {
  readonly kind: "while";
  readonly condition: Expression;
  readonly body: readonly Statement[];
}

/** `for variable in range(count):` */
export interface ForStatement extends Located {
  readonly kind: "for";
  readonly variable: string;
  readonly count: Expression;
  readonly body: readonly Statement[];
}

/** `with context as target:` */
export interface WithStatement extends Located {
  readonly kind: "with";
  readonly context: Expression;
  readonly target: string | undefined;
  readonly body: readonly Statement[];
}

/** A function inside a function, for {@link ForkExpression}; it sees the variables around it. */
export interface DefineStatement extends Located {
  readonly kind: "define";
  readonly function: FunctionDefinition;
}

export interface ReturnStatement extends Located {
  readonly kind: "return";
  readonly value: Expression | undefined;
}

export type Expression =
  | Literal
  | NameExpression
  | TableConstantExpression
  | GlobalExpression
  | OperatorExpression
  | AttributeExpression
  | SubscriptExpression
  | SliceExpression
  | ListExpression
  | TupleExpression
  | DictExpression
  | OperatorCall
  | FunctionCall
  | MethodCall
  | CreateExpression
  | AnnotateExpression
  | CastExpression
  | UninitializedExpression
  | IsInstanceExpression
  | ForkExpression;

export type Literal =
  | { readonly kind: "none" }
  | { readonly kind: "bool"; readonly value: boolean }
  /** A bigint only where a double would not hold it. */
  | { readonly kind: "int"; readonly value: number | bigint }
  /** `inf` and `nan` included. */
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "complex"; readonly real: number; readonly imaginary: number }
  | { readonly kind: "string"; readonly value: string };

/** A variable or parameter. */
export interface NameExpression {
  readonly kind: "name";
  readonly name: string;
}

/** `CONSTANTS.c7` */
export interface TableConstantExpression {
  readonly kind: "table-constant";
  readonly index: number;
}

/** `__torch__.a.b.name`: a function, the class of a named tuple, or a member of an enumeration (`__torch__.Color.RED`). */
export interface GlobalExpression {
  readonly kind: "global";
  readonly name: string;
}

/** An operator that is not called at once. */
export interface OperatorExpression {
  readonly kind: "operator";
  readonly name: string;
}

/** `object.name`, and `getattr(object, "name")`. */
export interface AttributeExpression {
  readonly kind: "attribute";
  readonly object: Expression;
  readonly name: string;
}

/** `object[index]`, of lists, dicts, strings, tuples, and containers of modules. */
export interface SubscriptExpression {
  readonly kind: "subscript";
  readonly object: Expression;
  readonly index: Expression;
}

/** `object[from:to]`, of tuples. */
export interface SliceExpression {
  readonly kind: "slice";
  readonly object: Expression;
  readonly from: Expression | undefined;
  readonly to: Expression | undefined;
}

export interface ListExpression {
  readonly kind: "list";
  readonly items: readonly Expression[];
}

export interface TupleExpression {
  readonly kind: "tuple";
  readonly items: readonly Expression[];
}

export interface DictExpression {
  readonly kind: "dict";
  readonly entries: readonly (readonly [key: Expression, value: Expression])[];
}

export interface KeywordArgument {
  readonly name: string;
  readonly value: Expression;
}

/**
 * A call of an operator by its qualified name without an overload: `torch.add(…)` is `aten::add`, `ops.prim.min(…)`
 * `prim::min`; the functions `int`, `float`, `bool`, `complex`, `str`, `sorted` and `print` are `aten::Int`,
 * `aten::Float`, `aten::Bool`, `aten::Complex`, `aten::str`, `aten::sorted` and `prim::Print`.
 */
export interface OperatorCall {
  readonly kind: "operator-call";
  readonly operator: string;
  readonly args: readonly Expression[];
  readonly keywords: readonly KeywordArgument[];
}

/** A call of a function by its value: a {@link GlobalExpression} or a variable bound to one. */
export interface FunctionCall {
  readonly kind: "call";
  readonly callee: Expression;
  readonly args: readonly Expression[];
  readonly keywords: readonly KeywordArgument[];
}

/** `(object).method(…)`: of an object of a class, or `x.tolist()` of a tensor. */
export interface MethodCall {
  readonly kind: "method-call";
  readonly object: Expression;
  readonly method: string;
  readonly args: readonly Expression[];
  readonly keywords: readonly KeywordArgument[];
}

/** `Class.__new__(Class)`: an object without attributes yet. */
export interface CreateExpression {
  readonly kind: "create";
  readonly className: string;
}

/** `annotate(type, value)` */
export interface AnnotateExpression {
  readonly kind: "annotate";
  readonly type: TypeExpression;
  readonly value: Expression;
}

/** `unchecked_cast(type, value)` */
export interface CastExpression {
  readonly kind: "cast";
  readonly type: TypeExpression;
  readonly value: Expression;
}

/** `uninitialized(type)`: a value that is never used. */
export interface UninitializedExpression {
  readonly kind: "uninitialized";
  readonly type: TypeExpression;
}

export interface IsInstanceExpression {
  readonly kind: "isinstance";
  readonly value: Expression;
  /** Any of these. */
  readonly types: readonly TypeExpression[];
}

/** `fork(name)` or `awaitable(name)`: of a function defined in the function at hand. */
export interface ForkExpression {
  readonly kind: "fork";
  readonly function: string;
}

/** `Tensor`, `Optional[int]`, `__torch__.a.Class`; the empty tuple is `Tuple` without arguments. */
export interface TypeExpression {
  readonly name: string;
  readonly args: readonly TypeExpression[];
}

export interface Parameter extends Located {
  readonly name: string;
  /** None for the `self` of methods of interfaces. */
  readonly type: TypeExpression | undefined;
  readonly default: Expression | undefined;
}

export interface FunctionDefinition extends Located {
  readonly kind: "function";
  readonly name: string;
  /** The member of the archive. */
  readonly file: string;
  /** `self` included, for methods. */
  readonly parameters: readonly Parameter[];
  readonly returns: TypeExpression | undefined;
  readonly body: readonly Statement[];
}

export type ClassBase = "Module" | "NamedTuple" | "Enum" | "Interface" | "ModuleInterface" | "object";

export interface AttributeDeclaration extends Located {
  readonly name: string;
  readonly type: TypeExpression;
}

export interface ClassConstant extends Located {
  readonly name: string;
  readonly type: TypeExpression;
  readonly value: Expression;
}

export interface EnumMember extends Located {
  readonly name: string;
  readonly value: Expression;
}

export interface ClassDefinition extends Located {
  readonly kind: "class";
  /** Without the qualification that the name of its file gives. */
  readonly name: string;
  /** The member of the archive. */
  readonly file: string;
  readonly base: ClassBase;
  /** Names of the attributes that are parameters. */
  readonly parameters: readonly string[];
  /** Names of the attributes that are buffers. */
  readonly buffers: readonly string[];
  /** Names of methods that run before `forward`, in this order. */
  readonly preHooks: readonly string[];
  /** Names of methods that run after `forward`, in this order. */
  readonly hooks: readonly string[];
  /** In order; the fields of a named tuple. */
  readonly attributes: readonly AttributeDeclaration[];
  /** `name : Final[type] = value` */
  readonly constants: readonly ClassConstant[];
  readonly members: readonly EnumMember[];
  readonly methods: ReadonlyMap<string, FunctionDefinition>;
}
