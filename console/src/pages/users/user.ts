export const clearances = ['U', 'L', 'M', 'N', 'R', 'V'] as const;
export const flags = ['breakGlass', 'consentExempt', 'ownIds'] as const;
export type Flag = (typeof flags)[number];

/** A user as the administration answers it. */
export interface User extends Readonly<Partial<Record<Flag, boolean>>> {
  readonly name: string;
  readonly grants: readonly string[];
  readonly fhirUser?: string;
  readonly clearance?: string;
  /** Until when a one-time password counts. */
  readonly oneTimePasswordUntil?: string;
  readonly disabled: boolean;
  readonly createdAt: string;
}

/** The fields of a user, as a form has them. */
export interface Terms extends Readonly<Record<Flag, boolean>> {
  readonly grants: readonly string[];
  /** Empty: none. */
  readonly fhirUser: string;
  /** Empty: that of the server. */
  readonly clearance: string;
}

export const noTerms: Terms = {
  grants: [],
  fhirUser: '',
  clearance: '',
  breakGlass: false,
  consentExempt: false,
  ownIds: false,
};

export const termsOf = ({ grants, fhirUser = '', clearance = '', ...user }: User): Terms => ({
  grants,
  fhirUser,
  clearance,
  breakGlass: user.breakGlass ?? false,
  consentExempt: user.consentExempt ?? false,
  ownIds: user.ownIds ?? false,
});

/** The changed fields, as the administration takes them: an absent one stays, null removes the value. */
export function changeOf(before: Terms, after: Terms): Readonly<Record<string, unknown>> {
  const names = Object.keys(after) as (keyof Terms)[];
  const changed = names.filter((name) => String(before[name]) !== String(after[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name] === '' ? null : after[name]]));
}

/** The name of a person stands after `#`: no server and no log is told that part of an address. */
export const pathToUser = (name: string): string => `/users/user#${encodeURIComponent(name)}`;

/** Name in the part of an address after `#`; empty where it cannot be read. */
export function userIn(hash: string): string {
  try {
    return decodeURIComponent(hash.replace(/^#/, ''));
  } catch {
    return '';
  }
}
