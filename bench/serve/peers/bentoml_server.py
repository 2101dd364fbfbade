"""BentoML with adaptive batching: a worker process for each thread. Run by `bentoml serve`."""

import os
import sys

import bentoml
import numpy as np

import model


@bentoml.service(
    workers=model.THREADS,
    traffic={"timeout": 600},
    logging={"access": {"enabled": False}},
)
class Peer:
    def __init__(self):
        self.network = model.load(threads=1)

    def answer(self, values):
        return model.run(self.network, [model.to_tensor(value) for value in values])

    if model.NAME == "bert":

        @bentoml.api(batchable=True, max_batch_size=model.MAX_BATCH)
        def predict(self, input_ids: list[list[int]]) -> list[list[float]]:
            return self.answer(input_ids)

    else:

        @bentoml.api(batchable=True, max_batch_size=model.MAX_BATCH)
        def predict(self, input: np.ndarray) -> list[list[float]]:
            return self.answer(input)

        @bentoml.api(batchable=True, max_batch_size=model.MAX_BATCH)
        def predict_base64(self, input: list[str]) -> list[list[float]]:
            return self.answer(input)


if __name__ == "__main__":
    from bentoml_cli.cli import cli

    where = ["--working-dir", os.path.dirname(os.path.abspath(__file__)), "--host", "127.0.0.1", "--port", str(model.PORT)]
    sys.argv = ["bentoml", "serve", "bentoml_server:Peer", *where]
    cli()
