import type { SearchParameter } from './search-parameter.js';

const kinds: Partial<Record<SearchParameter['type'], 'number' | 'text'>> = {
  date: 'number',
  number: 'number',
  quantity: 'number',
  string: 'text',
  token: 'text',
  reference: 'text',
  uri: 'text',
};

/** Returns how values of the parameter are ordered; undefined for one that cannot sort. */
export const sortKind = ({ type, expression }: SearchParameter): 'number' | 'text' | undefined =>
  expression ? kinds[type] : undefined;
