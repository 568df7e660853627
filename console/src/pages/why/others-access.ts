import { pathOf } from '../../server/admin-api.js';

/** Token of somebody else; what is empty is left to the server. */
export interface AskedToken {
  /** Name of a user. Empty: a token that the app gets for itself. */
  readonly user: string;
  /** Id of an app. Empty: the token of a login without one. */
  readonly client: string;
  /** Scopes between spaces. Empty: all that there can be. */
  readonly scope: string;
}

export const noToken: AskedToken = { user: '', client: '', scope: '' };

/** Address of a question below the issuer; about a patient's record where one is named. */
export function questionPath({ user, client, scope }: AskedToken, patient?: string): string {
  const whose = user === '' ? pathOf('clients', client, 'access') : pathOf('users', user, 'access');
  const query = new URLSearchParams({
    ...(user !== '' && client !== '' && { client }),
    ...(scope !== '' && { scope }),
  });
  const about = patient === undefined ? '' : `/${pathOf('patients', patient)}`;
  return `${whose}${about}${query.size === 0 ? '' : `?${query.toString()}`}`;
}

/** Without blanks around what was typed. */
export const trimmed = ({ user, client, scope }: AskedToken): AskedToken => ({
  user: user.trim(),
  client: client.trim(),
  scope: scope.trim().replace(/\s+/g, ' '),
});

/** What keeps resources back. */
export const limits = ['scopes', 'policies', 'labels', 'consents', 'labels-or-consents'] as const;

export interface TypeSight {
  readonly type: string;
  /** Resources that the administrator sees. */
  readonly yours: number;
  readonly isPart?: boolean;
  /** Of these, resources that the user would be shown. */
  readonly shown: number;
  readonly way: 'search' | 'read' | 'none';
  readonly withheld: Readonly<Partial<Record<(typeof limits)[number], number>>>;
  readonly scopes: readonly string[];
  readonly reach: readonly string[];
  readonly policies: readonly string[];
  readonly refusals: readonly string[];
}

/** Answer of `…/access/patients/{id}` (docs/administration.md). */
export interface RecordSight {
  readonly patient: string;
  readonly user?: string;
  readonly client?: string;
  readonly inContext?: true;
  readonly clearance: string;
  readonly consent: string;
  readonly mayBreakGlass: boolean;
  readonly leftOut: readonly { readonly scope: string; readonly why: string }[];
  readonly types: readonly TypeSight[];
  readonly untold: readonly string[];
  readonly notLookedAt: readonly string[];
}
