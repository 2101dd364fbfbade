"""Ray Serve with batching: a replica for each thread."""

import logging
import os
import signal
import tempfile

import ray
from ray import serve
from starlette.requests import Request

import model


@serve.deployment(
    num_replicas=model.THREADS,
    max_ongoing_requests=2 * model.MAX_BATCH,
    ray_actor_options={"num_cpus": 1},
)
class Peer:
    def __init__(self):
        self.network = model.load(threads=1)

    @serve.batch(max_batch_size=model.MAX_BATCH, batch_wait_timeout_s=model.WAIT_SECONDS)
    async def answer(self, values):
        return model.run(self.network, [model.to_tensor(value) for value in values])

    async def __call__(self, request: Request):
        if request.headers["content-type"] == "application/json":
            return {"output": await self.answer(model.value_of(await request.json()))}
        return {"output": await self.answer(await request.body())}


if __name__ == "__main__":
    ray.init(
        num_cpus=model.THREADS,
        _temp_dir=os.path.join(tempfile.gettempdir(), "ray"),
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.WARNING,
        runtime_env={"env_vars": {"PYTHONPATH": os.path.dirname(os.path.abspath(__file__))}},
    )
    serve.start(
        http_options={"host": "127.0.0.1", "port": model.PORT},
        logging_config={"log_level": "WARNING", "enable_access_log": False},
    )
    serve.run(Peer.bind(), route_prefix="/predict")
    signal.pause()
