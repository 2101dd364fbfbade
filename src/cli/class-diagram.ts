import { MermaidNames, mermaidText } from "./mermaid-names.ts";
import { describePart, describeWeight, type ModuleClass, moduleClasses } from "./module-classes.ts";
import type { ModuleNode } from "./module-tree.ts";

function classLines({ type, weights, parts }: ModuleClass, names: MermaidNames): string[] {
  const fields = [
    ...[...weights].map(([name, locations]) => `${describeWeight(locations)} ${name}`),
    ...[...parts].map(([partType, part]) => {
      const { multiplicity, attributes } = describePart(part);
      return `${partType}${multiplicity === "1" ? "" : `[${multiplicity}]`} ${attributes}`;
    }),
  ];
  const head = `  class ${names.declare(type)}`;
  return fields.length === 0 ? [head] : [`${head} {`, ...fields.map((field) => `    +${mermaidText(field)}`), "  }"];
}

function edgeLines({ type, parts }: ModuleClass, names: MermaidNames): string[] {
  return [...parts].map(([partType, part]) => {
    const { multiplicity, attributes } = describePart(part);
    const count = multiplicity === "1" ? "" : `"${multiplicity}" `;
    return `  ${names.idOf(type)} *-- ${count}${names.idOf(partType)} : ${mermaidText(attributes)}`;
  });
}

/** A Mermaid class diagram: a class for each type of module, with its weights and the modules it is made of. */
export function classDiagram(root: ModuleNode): string {
  const classes = moduleClasses(root);
  const names = new MermaidNames();
  const lines = [
    ...classes.flatMap((moduleClass) => classLines(moduleClass, names)),
    ...classes.flatMap((moduleClass) => edgeLines(moduleClass, names)),
  ];
  return `classDiagram\n${lines.join("\n")}\n`;
}
