import fc from "fast-check";
import { expect, test } from "vitest";
import { RelayError } from "../../src/core/index.ts";
import type { Argument, Graph } from "../../src/graph/index.ts";
import { lower } from "../../src/lowering/index.ts";
import { parseGraph } from "../graph/parse-graph.ts";

const CALLS: readonly string[] = [
  "aten.linear.default(input=%x, weight=%w, bias=None)",
  "aten.conv2d.default(input=%x, weight=%w, bias=None, stride=[1, 1], padding=[0, 0], dilation=[1, 1], groups=1)",
  "aten.convolution.default(input=%x, weight=%w, bias=None, stride=[1, 1], padding=[0, 0], dilation=[1, 1], transposed=true, output_padding=[0, 0], groups=1)",
  "aten.max_pool2d.default(self=%x, kernel_size=[2, 2], stride=[], padding=[0, 0], dilation=[1, 1], ceil_mode=false)",
  "aten.adaptive_avg_pool2d.default(self=%x, output_size=[2, 3])",
  "aten.layer_norm.default(input=%x, normalized_shape=[4], weight=None, bias=None, eps=0.00001, cudnn_enable=false)",
  "aten.group_norm.default(input=%x, num_groups=2, weight=None, bias=None, eps=0.00001, cudnn_enabled=false)",
  'aten.pad.default(self=%x, pad=[1, 1], mode="reflect", value=None)',
  "aten.index.Tensor(self=%x, indices=[%i, None, %i])",
  "aten.slice.Tensor(self=%x, dim=1, start=0, end=2, step=1)",
  "aten.chunk.default(self=%x, chunks=2, dim=1)",
  "aten.roll.default(self=%x, shifts=[1], dims=[2])",
  "aten.permute.default(self=%x, dims=[0, 1, 3, 2])",
  "aten.view.default(self=%x, size=[2, 64])",
  "aten.sum.dim_IntList(self=%x, dim=[1], keepdim=false, dtype=None)",
  "aten.pow.Tensor_Scalar(self=%x, exponent=2)",
  "aten.cat.default(tensors=[%x, %x], dim=0)",
  "aten.upsample_bilinear2d.vec(input=%x, output_size=None, align_corners=false, scale_factors=[2, 2])",
  "aten.scaled_dot_product_attention.default(query=%x, key=%x, value=%x, attn_mask=None, dropout_p=0, is_causal=false, scale=None, enable_gqa=false)",
  'aten.einsum.default(equation="abcd,abed->abce", tensors=[%x, %x], path=None)',
];

function graphOf(call: string): Graph {
  return parseGraph(`
    input x: %x: float32[2, 4, 4, 4]
    input w: %w: float32[4, 4, 1, 1]
    input i: %i: int64[3]
    %y: float32[2, 4, 4, 4] = ${call}
    output y: %y
  `);
}

function lowersOrRefuses(graph: Graph): boolean {
  try {
    lower(graph);
    return true;
  } catch (error) {
    return error instanceof RelayError;
  }
}

const hostile: fc.Arbitrary<Argument> = fc.oneof(
  fc.constantFrom<Argument>(
    null,
    true,
    "__proto__",
    "constructor",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2n ** 63n - 1n,
    -(2n ** 63n),
    "",
    [],
  ),
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.array(fc.oneof(fc.integer(), fc.double(), fc.constant(null)), { maxLength: 6 }),
);

test.each(CALLS)("%s with an absurd argument is lowered or refused, never worse", (call) => {
  const graph = graphOf(call);
  const [node] = graph.nodes;
  if (node === undefined) throw new Error("the graph has a node");
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(node.args)), hostile, (name, value) => {
      const nodes = [{ ...node, args: { ...node.args, [name]: value } }];
      expect(lowersOrRefuses({ ...graph, nodes })).toBe(true);
    }),
  );
});
