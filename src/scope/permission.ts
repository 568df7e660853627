/** SMART App Launch 2.2, "Scopes for requesting FHIR Resources": create, read, update, delete, search. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/** In the order that a scope has to keep. */
export const permissions: readonly Permission[] = ['c', 'r', 'u', 'd', 's'];

export const permissionWords: Readonly<Record<Permission, string>> = {
  c: 'create',
  r: 'read',
  u: 'update',
  d: 'delete',
  s: 'search',
};
