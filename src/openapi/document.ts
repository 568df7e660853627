/** The parts of OpenAPI 3.1 that this server writes (https://spec.openapis.org/oas/v3.1.1.html). */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: object;
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly Tag[];
  readonly paths: Paths;
  readonly components: Components;
  readonly externalDocs: { readonly url: string; readonly description: string };
}

export interface Tag {
  readonly name: string;
  readonly description?: string;
  readonly externalDocs?: { readonly url: string };
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type PathItem = Readonly<Partial<Record<Method, Operation>>>;
export type Paths = Readonly<Record<string, PathItem>>;

/** JSON Schema 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Reference {
  readonly $ref: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

export type Content = Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;

export interface RequestBody {
  readonly required?: boolean;
  readonly description?: string;
  readonly content: Content;
}

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Reference>>;
  readonly content?: Content;
}

/** Alternatives; each names its schemes, and the scopes that are needed together. */
export type Security = readonly Readonly<Record<string, readonly string[]>>[];

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: RequestBody | Reference;
  readonly responses: Readonly<Record<string, Response | Reference>>;
  readonly security: Security;
  /** Where it is not below the address of the document. */
  readonly servers?: readonly { readonly url: string }[];
}

export interface Components {
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly headers: Readonly<Record<string, object>>;
  readonly requestBodies: Readonly<Record<string, RequestBody>>;
  readonly responses: Readonly<Record<string, Response>>;
  readonly securitySchemes: Readonly<Record<string, object>>;
}

type Section = keyof Components;

/** A reference to a component, which `components.ts` or the maker of the paths defines. */
export const ref = (section: Section, name: string): Reference => ({ $ref: `#/components/${section}/${name}` });

/** A JSON body. */
export const json = (schema: Schema | Reference, example?: unknown): Content => ({
  'application/json': { schema: schema as Schema, ...(example !== undefined && { example }) },
});

/** Paths of several makers in one; two that describe one method of one path are a mistake of ours. */
export function joinPaths(parts: readonly Paths[]): Paths {
  const joined: Record<string, PathItem> = {};
  for (const [path, item] of parts.flatMap((part) => Object.entries(part))) {
    const twice = Object.keys(item).find((method) => joined[path]?.[method as Method] !== undefined);
    if (twice !== undefined) throw new Error(`${twice} ${path} is described twice.`);
    joined[path] = { ...joined[path], ...item };
  }
  return joined;
}
