import type { Parameter, TypeExpression } from "../syntax/ast.ts";

function typeText({ name, args }: TypeExpression): string {
  return args.length === 0 ? name : `${name}[${args.map(typeText).join(", ")}]`;
}

function isOfTensors(type: TypeExpression | undefined): boolean {
  return type?.name === "Tensor" || (type?.args.some(isOfTensors) ?? false);
}

/** The names by which the tensors of a parameter are told: parts of lists and tuples by position, those of dicts by key. */
function tensorNames(name: string, type: TypeExpression | undefined): readonly string[] {
  if (type?.name === "Optional") return tensorNames(name, type.args[0]);
  if (type?.name === "List") return tensorNames(`${name}.0`, type.args[0]);
  if (type?.name === "Tuple") return type.args.flatMap((part, i) => tensorNames(`${name}.${i}`, part));
  return type?.name === "Dict" ? tensorNames(`${name}.KEY`, type.args[1]) : [name];
}

function listed(parts: readonly string[]): string {
  return [parts.slice(0, -1).join(", "), ...parts.slice(-1)].filter((part) => part !== "").join(" and ");
}

/** What is not known of the parameters of a method. */
export function describeMissing(parameters: readonly Parameter[]): string {
  const parts = parameters.map(({ name, type }) => {
    if (type?.name === "Tensor") return `the shape of the tensor ${name}`;
    const kind = type ? typeText(type) : "of any type";
    return isOfTensors(type) ? `the shapes of the tensors in ${name} (${kind})` : `the value of ${name} (${kind})`;
  });
  return listed(parts);
}

/** How to tell what is not known, in code and on the command line. */
export function tellMissing(parameters: readonly Parameter[]): string {
  const tensors = parameters.filter(({ type }) => isOfTensors(type));
  const specs = tensors
    .flatMap(({ name, type }) => tensorNames(name, type))
    .map((each) => `${each}:float32[batch,3,224,224]`);
  const plain = parameters.filter(({ type }) => !isOfTensors(type)).map(({ name }) => name);
  const options = [
    ...(specs.length > 0 ? [`inputs: [${specs.map((spec) => `"${spec}"`).join(", ")}]`] : []),
    ...(plain.length > 0 ? [`arguments: { ${plain.map((name) => `${name}: VALUE`).join(", ")} }`] : []),
  ];
  const flags = [...specs.map((spec) => `--input-spec '${spec}'`), ...plain.map((name) => `--argument ${name}=VALUE`)];
  return `load(file, { ${options.join(", ")} }), or ${flags.join(" ")} on the command line`;
}
