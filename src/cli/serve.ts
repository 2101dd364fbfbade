import type { Command } from "commander";
import { parseCount, parseUpTo } from "./arguments.ts";
import { defineScriptFlags } from "./script-flags.ts";
import type { ServeOptions } from "./serve-models.ts";
import { addServerFlags, SERVER_NOTE } from "./server-flags.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

const LOCATIONS_NOTE = `
Each argument is PATH or NAME=PATH. A file NAME.pt2, NAME.onnx or NAME.pt is served as NAME. A folder is a model repository: each
NAME.pt2 and NAME.onnx in it is a model, and each folder NAME with NAME/VERSION/model.pt2 (or model.onnx, or
model.pt), of which the highest version is served unless NAME/config.json says otherwise. NAME=PATH names the model in a file, or in a folder that
holds model.pt2 or VERSION/model.pt2; a path with "=" in it is written with its folder: ./a=b.pt2. Files are to be replaced
by renaming, never written over. More: docs/model-repository.md.

With --watch, new versions are loaded and warmed up, then take over, while the old ones answer what is under way; what fails
to load changes nothing and is told on stderr. With --repository-calls, clients may list, load and unload models.

SIGTERM and Ctrl-C end the server when it has answered what is under way; a second one cancels that.`;

const MAX_PORT = 65_535;
const MAX_DELAY_MS = 3_600_000;
const parseDelay = parseUpTo(MAX_DELAY_MS);

/** Adds `torchrelay serve`. */
export function defineServe(program: Command, terminal: Terminal): void {
  const command = program
    .command("serve")
    .description("serve models over HTTP and gRPC, by the Open Inference Protocol (KServe, Triton)")
    .argument("<models...>", ".pt2, .onnx and TorchScript files, and folders of models: PATH or NAME=PATH")
    .optionsGroup("Where it listens:")
    .option("--host <ADDRESS>", "where to listen; 0.0.0.0 for every network", "127.0.0.1")
    .option("--port <N>", "0 for any that is free", parseUpTo(MAX_PORT), 8000)
    .option("--grpc-port <N>", "port for gRPC; 0 for any that is free", parseUpTo(MAX_PORT), 8001)
    .option("--no-grpc", "serve HTTP only")
    .option("--grace-ms <N>", "how long to serve on, not ready, when told to end", parseDelay, 0)
    .option("--json", "print one JSON object when ready")
    .optionsGroup("How models run, where their config.json does not say:")
    .option("--workers <N>", "worker threads, for all models (default: the cores there are)", parseCount)
    .option(
      "--intra-op-threads <N>",
      "threads that one run uses (default: cores / workers; up to 4 for large models)",
      parseCount,
    )
    .option("--max-batch-rows <N>", "rows of a batch at most (default: measured)", parseCount)
    .option("--queue-delay-ms <N>", "how long a request may wait for company (default: 0)", parseDelay)
    .option("--queue-capacity-rows <N>", "rows that may wait; beyond, clients get 429 (default: 10000)", parseCount)
    .optionsGroup("Models that come and go:")
    .option("--watch", "follow changes in the folders")
    .option("--repository-calls", "let clients list, load and unload models")
    .option("--no-autoload", "load nothing until a client asks for it; needs --repository-calls");
  defineScriptFlags(addServerFlags(command))
    .addHelpText("after", LOCATIONS_NOTE + SERVER_NOTE)
    .action(async (locations: readonly string[], options: ServeOptions) => {
      if (!options.autoload && !options.repositoryCalls) throw new UsageError("--no-autoload needs --repository-calls");
      const { serveModels } = await import("./serve-models.ts");
      await serveModels(locations, options, terminal);
    });
}
