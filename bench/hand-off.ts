import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { type Measure, median } from "./measure.ts";

const ROUNDS = 7;
const TRIPS = 3000;

/** How a worker hears of work; it always answers by message, which is what wakes an event loop. */
type Ways = "ports" | "atomics";

interface Peer {
  send(): void;
  close(): Promise<unknown>;
}

function startPeer(way: Ways, answer: () => void): Peer {
  const { port1, port2 } = new MessageChannel();
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("./hand-off-worker.js", import.meta.url), {
    workerData: { way, port: port2, bell },
    transferList: [port2],
  });
  port1.on("message", answer);
  const ring = (port: MessagePort): void => {
    port.postMessage(1);
    if (way === "atomics") {
      Atomics.add(bell, 0, 1);
      Atomics.notify(bell, 0);
    }
  };
  return { send: () => ring(port1), close: () => worker.terminate() };
}

/** Microseconds a trip to a worker and back, with so many trips under way. */
async function trips(way: Ways, underWay: number): Promise<number> {
  let sent = 0;
  let answered = 0;
  let start = 0;
  let peer: Peer | undefined;
  await new Promise<void>((resolve) => {
    peer = startPeer(way, () => {
      answered++;
      if (answered === 1) start = performance.now();
      if (answered === TRIPS) resolve();
      else if (sent < TRIPS) {
        sent++;
        peer?.send();
      }
    });
    for (; sent < underWay; sent++) peer.send();
  });
  const us = (1000 * (performance.now() - start)) / (TRIPS - 1);
  await peer?.close();
  return us;
}

/** What handing work to a thread and back costs, by how the thread is told. */
export async function handOff(): Promise<Measure[]> {
  const found = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ["ports", "atomics"] as const) {
      for (const underWay of [1, 2, 8]) {
        const name = `hand-off by ${way}, ${underWay} under way`;
        found.set(name, [...(found.get(name) ?? []), await trips(way, underWay)]);
      }
    }
  }
  return [...found].map(([name, values]) => ({ name, value: median(values), unit: "µs" }));
}
