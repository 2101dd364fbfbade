"""FastAPI on uvicorn. It has no batching; the small model runs in the route, the large ones in a thread of the pool."""

import os
import sys

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

import model

# One process with all threads, or a process for each thread: which does better depends on the model and the load.
WORKERS = int(os.environ["WORKERS"])


class Numbers(BaseModel):
    input: list[float]


class Tokens(BaseModel):
    input_ids: list[int]


class Image(BaseModel):
    input: list[list[list[float]]]


app = FastAPI()
network = None


@app.on_event("startup")
def load():
    global network
    network = model.load(threads=max(1, model.THREADS // WORKERS))


def answer(value):
    return {"output": model.run(network, [model.to_tensor(value)])[0]}


if model.NAME == "simple":

    @app.post("/predict")
    async def predict(body: Numbers):
        return answer(body.input)

elif model.NAME == "bert":

    @app.post("/predict")
    def predict(body: Tokens):
        return answer(body.input_ids)

else:

    @app.post("/predict")
    async def predict(request: Request):
        body = await request.body()
        if request.headers["content-type"] != "application/json":
            return await run_in_threadpool(answer, body)
        return await run_in_threadpool(lambda: answer(Image.model_validate_json(body).input))


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(__file__))
    uvicorn.run(
        "fastapi_server:app",
        host="127.0.0.1",
        port=model.PORT,
        workers=WORKERS,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
