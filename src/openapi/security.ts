import type { RightNeeded } from '../oauth2/clients/admin/administrator.guard.js';
import type { Permission } from '../scope/grammar/permission.js';
import type { Security } from './document.js';

/** Names of the security schemes. */
export const bearer = 'bearer';
export const smart = 'smart';

/** Contexts of SMART scopes; each alone is enough for a request, and limits the rows in its own way. */
export const contexts = ['patient', 'user', 'system'] as const;

/** Any token that counts. */
export const anyToken: Security = [{ [bearer]: [] }, { [smart]: [] }];

/** Nobody is asked who they are. */
export const open: Security = [];

export interface TypeNeed {
  readonly type: string;
  readonly permissions: readonly Permission[];
}

/** Permissions on types: a scope of one context has all of them; wider scopes contain it. */
export const ofScopes = (needs: readonly TypeNeed[]): Security =>
  needs.length === 0
    ? anyToken
    : [
        { [bearer]: [] },
        ...contexts.map((context) => ({
          [smart]: needs.map(({ type, permissions }) => `${context}/${type}.${permissions.join('')}`),
        })),
      ];

/** A right of administration (docs/adr/0037). Any one of the permissions opens the route. */
export const ofAdministrator = ({ area, permissions }: RightNeeded): Security => [
  { [bearer]: [] },
  ...permissions.map((permission) => ({ [smart]: [`admin/${area}.${permission}`] })),
];
