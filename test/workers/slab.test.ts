import fc from "fast-check";
import { expect, test } from "vitest";
import { DTYPES, type DType, numel } from "../../src/core/index.ts";
import { layOut, type Region, regionArray, regionBuffer } from "../../src/workers/index.ts";
import { HEADER_BYTES, SlabHeader } from "../../src/workers/slab.ts";

const layout = fc.record({
  dtype: fc.constantFrom(...(Object.keys(DTYPES) as DType[])),
  shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
});

test("regions are aligned, hold their tensors, and touch neither each other nor the header", () => {
  fc.assert(
    fc.property(
      fc.array(layout, { maxLength: 5 }),
      fc.array(fc.option(layout), { maxLength: 5 }),
      (inputs, outputs) => {
        const slab = layOut(inputs, outputs);
        const regions = [...slab.inputs, ...slab.outputs.filter((region) => region !== null)] as Region[];
        let end = HEADER_BYTES;
        for (const { dtype, shape, offset, byteLength } of regions) {
          expect([offset % 64, offset >= end, byteLength]).toEqual([0, true, numel(shape) * DTYPES[dtype].bytes]);
          end = offset + byteLength;
        }
        expect(slab.byteLength).toBeGreaterThanOrEqual(end);
      },
    ),
  );
});

test("arrays and buffers of a region are the same memory", () => {
  const memory = new SharedArrayBuffer(1024);
  const { inputs } = layOut([{ dtype: "int64", shape: [2] }], []);
  const [region] = inputs as [Region];
  regionArray(memory, region).set([1n, -1n] as never);
  expect([...regionBuffer(memory, region).bytes.subarray(8)]).toEqual(Array(8).fill(255));
});

test("the header carries state and times between threads", () => {
  const memory = new SharedArrayBuffer(HEADER_BYTES);
  const [writer, reader] = [new SlabHeader(memory), new SlabHeader(memory)];
  writer.state = 1;
  writer.setTimes(1234.5, 0.25);
  expect([reader.state, reader.startedEpochMs, reader.computeMs]).toEqual([1, 1234.5, 0.25]);
});
