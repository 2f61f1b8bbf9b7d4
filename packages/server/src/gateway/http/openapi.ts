/** The OpenAPI 3.1 description of the HTTP API, made from the routes: TypeBox schemas are JSON Schema. */
import { errors, type ErrorName } from "@godwit/protocol";
import { commonErrors } from "./guard.ts";
import type { Described } from "./route.ts";
import { errorReply } from "./schema.ts";

export interface Operation {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly operationId: string;
  readonly security: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly Record<string, unknown>[];
  readonly requestBody?: Record<string, unknown>;
  readonly responses: Record<string, unknown>;
}

export interface OpenApi {
  readonly openapi: "3.1.0";
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, unknown>;
}

const tags = [
  { name: "accounts", description: "What people do for themselves." },
  { name: "administration", description: "For tokens of administrators." },
  {
    name: "commands",
    description: "Every native command as one request, run as the bearer of the token.",
  },
];

/** `/api/admin/users/:user` → `/api/admin/users/{user}`. */
export const openApiPath = (path: string) => path.replace(/:(\w+)/g, "{$1}");

/** `POST /api/admin/users/:user/kick` → `post_admin_users_user_kick`. */
function operationId({ method, path }: Described): string {
  return `${method.toLowerCase()}_${path.replace("/api/", "").replace(/[^A-Za-z0-9]+/g, "_")}`;
}

const json = (schema: unknown) => ({ "application/json": { schema } });
const errorBody = json({ $ref: "#/components/schemas/Error" });

function responsesOf(route: Described): Record<string, unknown> {
  const names = [...new Set([...route.errors, ...commonErrors(route.audience)])];
  const byStatus = Map.groupBy(names, (name: ErrorName) =>
    name === "content_too_large" ? 413 : Math.floor(errors[name].code / 10),
  );
  const responses: Record<string, unknown> = {
    [route.status ?? 200]: { description: "Done.", content: json(route.result) },
  };
  for (const [status, group] of byStatus)
    responses[status] = {
      description: group.map((name) => `\`${name}\`: ${errors[name].message}`).join("\n\n"),
      content: errorBody,
    };
  return responses;
}

function parametersOf(route: Described): Record<string, unknown>[] {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const required = new Set(route.query?.required);
  const inQuery = Object.entries(route.query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.has(name),
    schema,
  }));
  return [...inPath, ...inQuery];
}

function operationOf(route: Described): Operation {
  const parameters = parametersOf(route);
  return {
    tags: [route.tag],
    summary: route.summary,
    operationId: operationId(route),
    security: route.audience === "anyone" ? [] : [{ token: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: (route.body.required?.length ?? 0) > 0,
            content: json(route.body),
          },
        }),
    responses: responsesOf(route),
  };
}

export function describeApi(routes: readonly Described[], version: string): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes)
    (paths[openApiPath(route.path)] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return {
    openapi: "3.1.0",
    info: {
      title: "Godwit HTTP API",
      version,
      description:
        "Accounts, administration and every native command. Failures are one error object; its code divided by ten is the status.",
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    tags,
    paths,
    components: {
      schemas: { Error: errorReply },
      securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}
