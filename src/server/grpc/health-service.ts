import { RelayError } from "../../core/index.ts";
import type { Site } from "../site.ts";
import { HEALTH_LIST_REQUEST, HEALTH_LIST_RESPONSE, HEALTH_REQUEST, HEALTH_RESPONSE } from "./health-messages.ts";
import type { GrpcCall, Service } from "./service.ts";

type Health = { readonly status: "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN" };

/** The server has one state for all its services. */
function healthOf({ isReady }: Site): Health {
  return { status: isReady ? "SERVING" : "NOT_SERVING" };
}

/** Sends the state, and again whenever it is another. */
function watch(site: Site, isKnown: boolean, send: (health: Health) => void): () => void {
  if (!isKnown) {
    send({ status: "SERVICE_UNKNOWN" });
    return () => {};
  }
  let told: Health | undefined;
  const tell = (): void => {
    const health = healthOf(site);
    if (health.status !== told?.status) send(health);
    told = health;
  };
  tell();
  return site.changes.subscribe(tell);
}

/** The standard health service. @param services whose health may be asked for; an empty name is the server */
export function healthService(services: readonly string[]): Service {
  const service = ({ message }: GrpcCall): string => message.text("service") ?? "";
  const isKnown = (name: string): boolean => name === "" || services.includes(name);
  const check = (site: Site, call: GrpcCall): Health => {
    const name = service(call);
    if (!isKnown(name)) throw new RelayError("ROUTE_UNKNOWN", { path: name.slice(0, 200) });
    return healthOf(site);
  };
  const list = (site: Site): object => ({
    statuses: Object.fromEntries(["", ...services].map((name) => [name, healthOf(site)])),
  });
  return {
    package: "grpc.health.v1",
    name: "Health",
    methods: [
      { kind: "unary", name: "Check", request: HEALTH_REQUEST, response: HEALTH_RESPONSE, answer: check },
      { kind: "unary", name: "List", request: HEALTH_LIST_REQUEST, response: HEALTH_LIST_RESPONSE, answer: list },
      {
        kind: "watch",
        name: "Watch",
        request: HEALTH_REQUEST,
        response: HEALTH_RESPONSE,
        watch: (site, call, send) => watch(site, isKnown(service(call)), send),
      },
    ],
  };
}
