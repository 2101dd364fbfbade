import type {
  AttributeDeclaration,
  ClassBase,
  ClassConstant,
  ClassDefinition,
  EnumMember,
  FunctionDefinition,
} from "./ast.ts";
import { parseExpression, parseQuoted } from "./parse-expression.ts";
import { parseFunction } from "./parse-statement.ts";
import { parseType } from "./parse-type.ts";
import { TokenCursor } from "./token-cursor.ts";
import type { CodeLine } from "./tokens.ts";

const BASES: ReadonlySet<string> = new Set<ClassBase>(["Module", "NamedTuple", "Enum", "Interface", "ModuleInterface"]);

function isBase(name: string): name is ClassBase {
  return BASES.has(name);
}

/** Lists of names at the top of a class. */
const NAME_LISTS = ["__parameters__", "__buffers__", "__forward_pre_hooks__", "__forward_hooks__"] as const;

type NameList = (typeof NAME_LISTS)[number];

/** What the lines of a class say. */
class ClassBody {
  readonly lists: Map<string, readonly string[]> = new Map();
  readonly attributes: AttributeDeclaration[] = [];
  readonly constants: ClassConstant[] = [];
  readonly members: EnumMember[] = [];
  readonly methods: Map<string, FunctionDefinition> = new Map();

  read(codeLine: CodeLine, file: string): void {
    const cursor = new TokenCursor(codeLine, file);
    if (cursor.accept("pass")) cursor.expectEnd();
    else if (cursor.accept("def")) this.#method(cursor, codeLine);
    else if (cursor.accept("__annotations__")) this.#annotation(cursor);
    else this.#field(cursor.name(), cursor);
  }

  #method(cursor: TokenCursor, codeLine: CodeLine): void {
    const method = parseFunction(cursor, codeLine);
    if (this.methods.has(method.name)) throw cursor.malformed(`it defines ${method.name} again`);
    this.methods.set(method.name, method);
  }

  /** `__annotations__ = []`, or `__annotations__["0"] = type`. */
  #annotation(cursor: TokenCursor): void {
    if (cursor.accept("=")) {
      cursor.expect("[");
      cursor.expect("]");
    } else {
      cursor.expect("[");
      const name = parseQuoted(cursor);
      cursor.expect("]");
      cursor.expect("=");
      this.#addAttribute(name, cursor);
    }
    cursor.expectEnd();
  }

  /** `name : type`, `name : Final[type] = value`, `NAME = value`, or a list of names. */
  #field(name: string, cursor: TokenCursor): void {
    if (cursor.accept(":")) this.#addAttribute(name, cursor);
    else this.#assigned(name, cursor);
    cursor.expectEnd();
  }

  #assigned(name: string, cursor: TokenCursor): void {
    cursor.expect("=");
    if ((NAME_LISTS as readonly string[]).includes(name)) {
      cursor.expect("[");
      this.lists.set(
        name,
        cursor.list("]", () => parseQuoted(cursor)),
      );
    } else {
      this.members.push({ name, value: parseExpression(cursor), line: cursor.line });
    }
  }

  #addAttribute(name: string, cursor: TokenCursor): void {
    const type = parseType(cursor);
    const { line } = cursor;
    if (!cursor.accept("=")) {
      this.attributes.push({ name, type, line });
      return;
    }
    const value = parseExpression(cursor);
    this.constants.push({ name, type: (type.name === "Final" && type.args[0]) || type, value, line });
  }
}

function parseBase(cursor: TokenCursor): ClassBase {
  if (!cursor.accept("(")) return "object";
  const base = cursor.name();
  if (!isBase(base)) throw cursor.malformed(`it derives a class from ${base}`);
  cursor.expect(")");
  return base;
}

/** The class of a line whose `class` is taken already. @throws Malformed, Excess */
export function parseClass(cursor: TokenCursor, { line, children }: CodeLine): ClassDefinition {
  const { file } = cursor;
  const name = cursor.name();
  const base = parseBase(cursor);
  cursor.expect(":");
  cursor.expectEnd();
  const body = new ClassBody();
  for (const child of children) body.read(child, file);
  const names = (list: NameList): readonly string[] => body.lists.get(list) ?? [];
  const { attributes, constants, members, methods } = body;
  return {
    kind: "class",
    name,
    file,
    base,
    parameters: names("__parameters__"),
    buffers: names("__buffers__"),
    preHooks: names("__forward_pre_hooks__"),
    hooks: names("__forward_hooks__"),
    attributes,
    constants,
    members,
    methods,
    line,
  };
}
