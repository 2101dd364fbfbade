/** A PyTorch model, written in TypeScript, run on ten random inputs at the same time: `npm run -s example:seed`. */
import { concurrentInference, infer, manualSeed, nn, randn } from "torchrelay";

class SimpleModel extends nn.Module {
  fc = new nn.Linear(10, 1);

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.fc.forward(x);
  }
}

manualSeed(0);
const model = new SimpleModel();
model.eval();

const inputs = Array.from({ length: 10 }, () => randn([1, 10]));
const results = await concurrentInference(model, inputs, { maxWorkers: 4 });

console.log("Inference results:");
for (const [i, { data }] of results.entries()) console.log(`${i}: ${Number(data[0]).toFixed(8)}`);

const [first] = inputs;
if (first) console.log(`The first alone: ${Number((await infer(model, first)).data[0]).toFixed(8)}`);
