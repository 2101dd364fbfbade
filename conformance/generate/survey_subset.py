"""Takes the small models of the survey into data/survey, each a zip with the program, its tensors and its manifest.

    python conformance/generate/survey_subset.py FOLDER

FOLDER is where survey.py wrote them.
"""

import importlib
import json
import sys
from pathlib import Path

import torchvision_schemas  # noqa: F401, I001  (before what imports torchvision)
import torch
import transformers.integrations.moe  # noqa: F401  (registers its operator)

from case_bundle import DATA, CaseBundle

NAMES = """
bert deberta_v2 mpnet gpt_neo gpt_neox bloom opt falcon llama mixtral mamba t5 whisper clip beit convnext wav2vec2
swin
"""


def main() -> None:
    folder = Path(sys.argv[1]) / "transformers"
    (DATA / "survey").mkdir(exist_ok=True)
    for name in NAMES.split():
        # Loading needs the classes of its results.
        importlib.import_module(f"transformers.models.{name}.modeling_{name}")
        entry = json.loads((folder / f"{name}.json").read_text())
        bundle = CaseBundle()
        bundle.add("model", torch.export.load(folder / f"{name}.pt2"), [])
        bundle.tensors.data += (folder / f"{name}.bin").read_bytes()
        facts = {key: entry[key] for key in ("name", "dynamic", "targets", "runs")}
        bundle.cases = [facts]
        bundle.write(DATA / "survey" / f"{name}.zip")


if __name__ == "__main__":
    main()
