/** Top elements of a resource but for resourceType, id and meta, in their order, as JSON texts. */
export type Elements = readonly (readonly [name: string, text: string])[];

/** What a client says of a resource. */
export interface Content {
  /** Codes of `meta.tag`. */
  readonly tags: readonly string[];
  readonly elements: Elements;
  /** It was sent as XML, where the definitions say the order of elements. */
  readonly isXml?: boolean;
}

export const textOf = (elements: Elements, name: string): string | undefined =>
  elements.find(([one]) => one === name)?.[1];

const membersOf = (elements: Elements): string => elements.map(([name, text]) => `"${name}":${text}`).join(',');

export const tagsText = (tags: readonly string[]): string =>
  `"tag":[${tags.map((code) => `{"system":"urn:t","code":"${code}"}`).join(',')}]`;

/** A resource as JSON, `meta` without its braces. */
export function resourceText(type: string, id: string | undefined, meta: string, elements: Elements): string {
  const first = [
    `"resourceType":"${type}"`,
    id === undefined ? '' : `"id":"${id}"`,
    meta === '' ? '' : `"meta":{${meta}}`,
  ];
  return `{${[...first, membersOf(elements)].filter((part) => part !== '').join(',')}}`;
}

/** True if an update from one to the other changes nothing: names and tags may come in any order. */
export const isSame = (one: Content, other: Content): boolean =>
  canonical(`{${membersOf(one.elements)}}`) === canonical(`{${membersOf(other.elements)}}`) &&
  one.tags.toSorted().join(' ') === other.tags.toSorted().join(' ');

/** One text for documents that are the same in any order of names; the digits of numbers stay as they are. */
export function canonical(json: string): string {
  const marked = json.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (found) =>
    found.startsWith('"') ? found : JSON.stringify({ digits: found }),
  );
  return JSON.stringify(JSON.parse(marked), (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Values of the identifiers. */
export function identifiersOf({ elements }: Content): readonly string[] {
  const list = JSON.parse(textOf(elements, 'identifier') ?? '[]') as readonly { readonly value: string }[];
  return list.map(({ value }) => value);
}
