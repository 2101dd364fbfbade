import { expect, test } from "vitest";
import { isAtLeast } from "../../src/cli/machine-checks.ts";
import { ended, start, torchrelay } from "./torchrelay.ts";

test("everything is in order here, the self-test included", async () => {
  const { code, stdout, stderr } = await torchrelay("doctor", "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { ok, checks } = JSON.parse(stdout);
  expect(ok).toBe(true);
  const names = checks.map(({ name }: { name: string }) => name);
  expect(names).toEqual(["Node.js", "platform", "ONNX Runtime", "cores", "memory", "workers", "self-test"]);
  expect(checks.find(({ name }: { name: string }) => name === "Node.js").version).toBe(process.versions.node);
});

test("a machine without the native library fails line by line, not as a whole", async () => {
  const elsewhere = 'data:text/javascript,Object.defineProperty(process, "platform", { value: "aix" })';
  const { code, stdout, stderr } = await ended(start(["doctor"], ["--import", elsewhere]));
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toMatch(/^ok +Node\.js /m);
  expect(stdout).toMatch(/^failed +ONNX Runtime /m);
  expect(stdout).toMatch(/^failed +self-test /m);
});

test("versions are compared by their numbers", () => {
  expect(isAtLeast("20.19.0", ">=20.19.0")).toBe(true);
  expect(isAtLeast("20.9.9", ">=20.19.0")).toBe(false);
  expect(isAtLeast("22.0.0", ">=20.19.0")).toBe(true);
  expect(isAtLeast("18.20.4", ">=20.19.0")).toBe(false);
});
