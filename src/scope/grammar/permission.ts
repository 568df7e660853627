/** SMART App Launch 2.2, "Scopes for requesting FHIR Resources": create, read, update, delete, search. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/** Reading and searching; everything else changes what is stored. */
export const isReading = (permission: Permission): boolean => permission === 'r' || permission === 's';

/** Letters in the order that a scope has to keep. */
export const permissions: readonly Permission[] = ['c', 'r', 'u', 'd', 's'];

export const permissionWords: Readonly<Record<Permission, string>> = {
  c: 'create',
  r: 'read',
  u: 'update',
  d: 'delete',
  s: 'search',
};
