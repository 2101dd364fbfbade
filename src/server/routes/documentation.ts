import { jsonText } from "../answer.ts";
import { type ApiDocument, apiPage, openApi } from "../openapi/index.ts";
import type { Route } from "../route.ts";

/** Makes a value once. */
function once<T>(make: (version: string) => T): (version: string) => T {
  let made: T | undefined;
  return (version) => (made ??= make(version));
}

/** The routes that describe these and themselves. */
export function documentationRoutes(others: readonly Route[]): readonly Route[] {
  const document = once((version): ApiDocument => openApi([...others, ...own], version));
  const json = once((version) => JSON.stringify(document(version)));
  const page = once((version) => apiPage(document(version)));
  const own: readonly Route[] = [
    {
      method: "GET",
      path: "/openapi.json",
      operation: {
        id: "openApi",
        summary: "This description as an OpenAPI 3.1 document",
        tag: "server",
        answers: { 200: { description: "The document", schema: { type: "object" } } },
      },
      answer: ({ version }) => jsonText(json(version)),
    },
    {
      method: "GET",
      path: "/docs",
      operation: {
        id: "apiPage",
        summary: "This page",
        tag: "server",
        answers: { 200: { description: "The API's description for people", mediaType: "text/html" } },
      },
      answer: ({ version }) => page(version),
    },
  ];
  return own;
}
