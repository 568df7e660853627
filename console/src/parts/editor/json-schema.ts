/** The keywords of JSON Schema (2020-12) that the editor reads. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
}

/** Steps from the whole to a value: names of members, and places in lists. */
export type Path = readonly (string | number)[];

/** Schema of the value at a path; undefined where none is known. */
export function schemaAt(schema: JsonSchema, path: Path): JsonSchema | undefined {
  let at: JsonSchema | undefined = schema;
  for (const step of path) {
    const { properties, items }: JsonSchema = at;
    at = typeof step === 'number' ? items : ownMember(properties, step);
    if (at === undefined) return undefined;
  }
  return at;
}

const ownMember = (properties: JsonSchema['properties'], name: string): JsonSchema | undefined =>
  properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;

/** Path as servers write it, such as `rules[0].types[1]`. */
export const readPath = (text: string): Path =>
  Array.from(text.matchAll(/\[(\d+)\]|[^.[\]]+/g), ([whole, at]) => (at === undefined ? whole : Number(at)));
