import { type Command, Option } from "commander";
import { parseCount, parseUpTo } from "./arguments.ts";
import type { ServeOptions } from "./serve-models.ts";
import type { Terminal } from "./terminal.ts";

const LOCATIONS_NOTE = `
A file NAME.pt2 is served as NAME. A folder is a model repository: each NAME.pt2 in it is served as NAME, and of each
NAME/VERSION/model.pt2 the highest version. SIGTERM and Ctrl-C end the server when it has answered what is under way;
a second one cancels that.`;

const MAX_PORT = 65_535;
const MAX_DELAY_MS = 3_600_000;
const parseDelay = parseUpTo(MAX_DELAY_MS);

/** Adds `torchrelay serve`. */
export function defineServe(program: Command, terminal: Terminal): void {
  program
    .command("serve")
    .description("serve models over HTTP and gRPC, by the Open Inference Protocol (KServe, Triton)")
    .argument("<models...>", ".pt2 files, and folders of them")
    .option("--host <ADDRESS>", "where to listen; 0.0.0.0 for every network", "127.0.0.1")
    .option("--port <N>", "0 for any that is free", parseUpTo(MAX_PORT), 8000)
    .option("--grpc-port <N>", "port for gRPC; 0 for any that is free", parseUpTo(MAX_PORT), 8001)
    .option("--no-grpc", "serve HTTP only")
    .option("--workers <N>", "worker threads (default: the cores there are)", parseCount)
    .option("--intra-op-threads <N>", "threads that one run may use (default: cores / workers)", parseCount)
    .option("--max-batch-rows <N>", "rows of a batch at most (default: measured)", parseCount)
    .option("--queue-delay-ms <N>", "how long a request may wait for company", parseDelay)
    .option("--queue-capacity-rows <N>", "rows that may wait for a model; beyond, clients get 429", parseCount)
    .option("--grace-ms <N>", "how long to serve on, not ready, when told to end", parseDelay, 0)
    .addOption(
      new Option("--log-level <LEVEL>", "what to log on stderr").choices(["silent", "error", "info"]).default("error"),
    )
    .option("--json", "print one JSON object when ready")
    .addHelpText("after", LOCATIONS_NOTE)
    .action(async (locations: readonly string[], options: ServeOptions) => {
      const { serveModels } = await import("./serve-models.ts");
      await serveModels(locations, options, terminal);
    });
}
