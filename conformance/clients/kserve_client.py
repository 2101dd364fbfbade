"""KServe's own Python clients against a running server, over HTTP (v1 and v2) and gRPC; all answers must agree.

    python kserve_client.py --http 127.0.0.1:8000 --grpc 127.0.0.1:8001 --model digits
"""

import argparse
import asyncio
import json
import logging
import sys
import urllib.request

import grpc
import httpx
import numpy as np

from checks import Checks, equal, example, same_numbers

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--http", default="127.0.0.1:8000")
parser.add_argument("--grpc", default="127.0.0.1:8001")
parser.add_argument("--model", default="digits")
OPTIONS = parser.parse_args()

# kserve parses the command line when it is imported, and refuses what it does not know.
sys.argv = sys.argv[:1]

from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig  # noqa: E402
from kserve.protocol.infer_type import RequestedOutput  # noqa: E402

# It logs every refusal with its stack; those here are expected.
logging.disable(logging.CRITICAL)


class Run:
    def __init__(self, options):
        self.url = f"http://{options.http}"
        self.model = options.model
        self.checks = Checks()
        self.v2 = InferenceRESTClient(RESTConfig(protocol="v2", retries=0))
        self.v1 = InferenceRESTClient(RESTConfig(protocol="v1", retries=0))
        self.grpc = InferenceGRPCClient(options.grpc)
        with urllib.request.urlopen(f"{self.url}/v2/models/{self.model}") as response:
            metadata = json.load(response)
        self.arrays = example(metadata)
        self.names = [tensor["name"] for tensor in metadata["outputs"]]
        self.expected = {}

    def request(self, binary, model=None, arrays=None, **more):
        inputs = []
        for name, array in (arrays or self.arrays).items():
            tensor = InferInput(name, list(array.shape), "FP32")
            tensor.set_data_from_numpy(array, binary_data=binary)
            inputs.append(tensor)
        return InferRequest(model or self.model, inputs, request_id="42", **more)

    def same(self, response):
        equal([response.model_name, response.id], [self.model, "42"])
        given = {output.name: output.as_numpy() for output in response.outputs}
        self.expected = self.expected or given
        equal(sorted(given), sorted(self.names))
        for name, array in given.items():
            same_numbers(array, self.expected[name])

    def infer_v2(self, request):
        return self.v2.infer(self.url, request, model_name=request.model_name)

    async def infer_grpc(self):
        self.same(await self.grpc.infer(self.request(binary=True)))
        self.same(await self.grpc.infer(self.request(binary=False)))

    async def infer_json(self):
        self.same(await self.infer_v2(self.request(binary=False)))

    async def infer_binary(self):
        outputs = [RequestedOutput(name, {"binary_data": True}) for name in self.names]
        for more in ({}, {"request_outputs": outputs}, {"parameters": {"binary_data_output": True}}):
            self.same(await self.infer_v2(self.request(binary=True, **more)))

    async def many(self):
        requests = [self.infer_v2(self.request(binary=True)) for _ in range(8)]
        requests += [self.grpc.infer(self.request(binary=True)) for _ in range(8)]
        for response in await asyncio.gather(*requests):
            self.same(response)

    async def predict(self):
        columns = {name: array.tolist() for name, array in self.arrays.items()}
        rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        instances = rows if len(columns) > 1 else next(iter(columns.values()))
        answer = await self.v1.infer(self.url, {"instances": instances}, model_name=self.model)
        for name, expected in self.expected.items():
            predictions = answer["predictions"]
            given = predictions if len(self.names) == 1 else [row[name] for row in predictions]
            same_numbers(np.array(given, dtype=np.float32), expected)

    async def health(self):
        assert await self.v2.is_server_live(self.url) and await self.v2.is_server_ready(self.url)
        assert await self.v2.is_model_ready(self.url, self.model) and await self.v1.is_model_ready(self.url, self.model)
        assert await self.grpc.is_server_live() and await self.grpc.is_server_ready()
        assert await self.grpc.is_model_ready(self.model)

    async def errors(self):
        name, array = next(iter(self.arrays.items()))
        bad = {
            "no-such-model": self.request(binary=True, model="no-such-model"),
            "no-such-input": self.request(binary=True, arrays={"no-such-input": array}),
            name: self.request(binary=True, arrays={name: array[..., :1]}),
        }
        for word, request in bad.items():
            await refused(httpx.HTTPStatusError, self.infer_v2(request), word)
            await refused(grpc.aio.AioRpcError, self.grpc.infer(request), word)

    async def all(self):
        for check in (
            self.infer_grpc,
            self.infer_json,
            self.infer_binary,
            self.predict,
            self.many,
            self.health,
            self.errors,
        ):
            await self.attempt(check)
        await self.v1.close()
        await self.v2.close()
        await self.grpc.close()
        return self.checks.summary("kserve")

    async def attempt(self, check):
        error = None
        try:
            await check()
        except Exception as raised:  # noqa: BLE001
            error = raised

        def report():
            if error:
                raise error

        self.checks.run(check.__name__, report)


CLIENT_FAULTS = (400, 404, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)


async def refused(error_class, call, word):
    """The call is answered with an error that blames the client and says the word."""
    try:
        await call
    except error_class as error:
        is_http = isinstance(error, httpx.HTTPStatusError)
        status, text = (error.response.status_code, error.response.text) if is_http else (error.code(), error.details())
        assert status in CLIENT_FAULTS and word in text, (status, text)
        return
    raise AssertionError("it was not refused")


async def main():
    return await Run(OPTIONS).all()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
