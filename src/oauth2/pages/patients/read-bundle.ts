import type { JsonObject } from '../../../r4/json/json.js';

interface SearchSet {
  readonly entry?: readonly { readonly resource: JsonObject; readonly search?: { readonly mode?: string } }[];
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}

/** The resources that matched, of a searchset Bundle as text. */
export const resourcesOf = (bundle: string): readonly JsonObject[] =>
  ((JSON.parse(bundle) as SearchSet).entry ?? [])
    .filter(({ search }) => search?.mode !== 'outcome')
    .map(({ resource }) => resource);

/** The sealed position of the page before or after. */
export function cursorOf(bundle: string, relation: 'next' | 'previous'): string | undefined {
  const link = ((JSON.parse(bundle) as SearchSet).link ?? []).find((one) => one.relation === relation);
  return link && (new URL(link.url).searchParams.get('_cursor') ?? undefined);
}

/** Each stored resource has one. */
export const idOf = ({ id }: JsonObject): string => id as string;
