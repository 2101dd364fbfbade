"""Fuzzes `torchrelay serve` with Schemathesis, by the API description that the server itself gives."""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODELS = [
    ROOT / "examples/digits/digits.pt2",
    *(ROOT / "conformance/data/models" / f"{name}.pt2" for name in ("mlp", "pitch", "mutations", "bert")),
]
# Data that fits the schema need not fit the model that it is for.
NOT_CHECKED = "positive_data_acceptance"
CONFIG = """
[parameters]
"path.model" = "{model}"
"path.version" = "1"
"""


def serve(models, options):
    command = ["node", ROOT / "dist/bundle/cli.js", "serve", *models, "--port", "0", "--no-grpc", "--json", *options]
    return subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)


def ready_line(server):
    """The first line on stdout, told when all models are loaded."""
    line = server.stdout.readline()
    if not line:
        sys.exit(f"the server ended with {server.wait()} before it was ready")
    return json.loads(line)


def fuzz(url, names, arguments):
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "schemathesis.toml"
        config.write_text(CONFIG.format(model=names[0]))
        command = [str(pathlib.Path(sys.executable).parent / "schemathesis"), "--config-file", str(config)]
        command += ["run", f"{url}/openapi.json", "--phases", "examples,coverage,fuzzing,stateful"]
        command += ["--exclude-checks", NOT_CHECKED, "--warnings", "off", "--continue-on-failure"]
        command += ["--max-examples", str(arguments.max_examples)]
        command += ["--seed", str(arguments.seed)] if arguments.seed is not None else []
        environment = {
            **os.environ,
            "PYTHONPATH": str(HERE),
            "SCHEMATHESIS_HOOKS": "fuzz_hooks",
            "TORCHRELAY_URL": url,
            "TORCHRELAY_MODELS": ",".join(names),
        }
        return subprocess.run(command, cwd=folder, env=environment).returncode


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def successes(url):
    """How many requests each model has answered. Also shows that the server still serves."""
    models = fetch(f"{url}/v2/models/stats")["model_stats"]
    return {model["name"]: model["inference_stats"]["success"]["count"] for model in models}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", type=pathlib.Path, default=MODELS, help=".pt2 files to serve")
    parser.add_argument("--max-examples", type=int, default=100, help="cases per operation and phase (default: 100)")
    parser.add_argument("--seed", type=int, help="repeats a run")
    parser.add_argument("--repository-calls", action="store_true", help="let the fuzzer load and unload the models")
    arguments = parser.parse_args()
    server = serve(arguments.models, ["--repository-calls"] if arguments.repository_calls else [])
    try:
        ready = ready_line(server)
        failed = fuzz(ready["url"], [model["name"] for model in ready["models"]], arguments)
        answered = successes(ready["url"])
    finally:
        server.send_signal(signal.SIGTERM)
        ended = server.wait(timeout=60)
    print(f"the fuzzer ended with {failed}, the server with {ended}; requests that models answered: {answered}")
    is_reached = arguments.repository_calls or all(answered.values())
    sys.exit(0 if failed == 0 and ended == 0 and is_reached else 1)


if __name__ == "__main__":
    main()
