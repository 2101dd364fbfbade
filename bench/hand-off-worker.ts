import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";

interface Task {
  readonly way: "ports" | "atomics";
  readonly port: MessagePort;
  readonly bell: Int32Array;
}

const { way, port, bell }: Task = workerData;

/** Sleeps until the bell rings, then answers whatever is there. */
function listen(): never {
  for (let seen = 0; ; seen = Atomics.load(bell, 0)) {
    while (receiveMessageOnPort(port)) port.postMessage(1);
    Atomics.wait(bell, 0, seen);
  }
}

if (way === "atomics") listen();
else port.on("message", () => port.postMessage(1));
