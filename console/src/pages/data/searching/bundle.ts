import type { Resource } from '../summary.js';

export interface BundleEntry {
  readonly fullUrl?: string;
  readonly resource?: Resource;
  readonly search?: { readonly mode?: string };
  /** Of histories: the interaction that made the version. */
  readonly request?: { readonly method?: string; readonly url?: string };
  readonly response?: { readonly lastModified?: string; readonly etag?: string };
}

export interface Bundle {
  readonly total?: number;
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly BundleEntry[];
}

export const linkOf = ({ link }: Bundle, relation: string): string | undefined =>
  link?.find((one) => one.relation === relation)?.url;

const ofMode = ({ entry = [] }: Bundle, isWanted: (mode: string) => boolean): readonly Resource[] =>
  entry.flatMap(({ resource, search }) => (resource && isWanted(search?.mode ?? 'match') ? [resource] : []));

export const matchesOf = (bundle: Bundle): readonly Resource[] => ofMode(bundle, (mode) => mode === 'match');
export const includedOf = (bundle: Bundle): readonly Resource[] => ofMode(bundle, (mode) => mode === 'include');
/** OperationOutcomes of the server about the search itself. */
export const outcomesOf = (bundle: Bundle): readonly Resource[] => ofMode(bundle, (mode) => mode === 'outcome');
