import { unitSeparator } from '../search/index/index-values.js';

/** Returns the name of a caller among the actors of provisions, beside the resource that stands for the caller. */
export const callerName = (kind: 'client' | 'user', issuer: string, id: string): string =>
  [kind, issuer, id].join(unitSeparator);
