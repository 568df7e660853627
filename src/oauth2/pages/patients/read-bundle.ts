import type { JsonObject } from '../../../r4/json/json.js';

interface SearchSet {
  readonly entry?: readonly { readonly resource: JsonObject; readonly search?: { readonly mode?: string } }[];
  readonly link?: readonly { readonly relation: string }[];
}

/** The resources that matched, of a searchset Bundle as text. */
export const resourcesOf = (bundle: string): readonly JsonObject[] =>
  ((JSON.parse(bundle) as SearchSet).entry ?? [])
    .filter(({ search }) => search?.mode !== 'outcome')
    .map(({ resource }) => resource);

export const hasNextPage = (bundle: string): boolean =>
  ((JSON.parse(bundle) as SearchSet).link ?? []).some(({ relation }) => relation === 'next');

/** Whatever is stored has one. */
export const idOf = ({ id }: JsonObject): string => id as string;
