import { unitSeparator } from '../search/index/index-values.js';

/** What a caller is called among the actors of provisions, beside the resource that stands for it. */
export const callerName = (kind: 'client' | 'user', issuer: string, id: string): string =>
  [kind, issuer, id].join(unitSeparator);
