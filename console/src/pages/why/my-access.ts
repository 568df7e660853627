import { named, type Parameters, textOf, textsOf } from '../../server/parameters.js';

/** Letters of SMART's permissions, in their order. */
export const letters = ['c', 'r', 'u', 'd', 's'] as const;
export type Letter = (typeof letters)[number];

export interface TypeAccess {
  readonly type: string;
  readonly permissions: string;
  /** Which rows: `all`, or in words. */
  readonly reach: readonly string[];
}

/** The answer of `$my-access`. */
export interface MyAccess {
  readonly facts: readonly { readonly name: FactName; readonly value: string }[];
  readonly scopes: readonly string[];
  readonly administers: readonly string[];
  readonly ignored: readonly { readonly scope: string; readonly why: string; readonly reason?: string }[];
  readonly policies: readonly { readonly policy: string; readonly verdict: string; readonly because?: string }[];
  readonly types: readonly TypeAccess[];
}

const factNames = ['subject', 'client', 'kind', 'patient', 'fhirUser', 'issuer', 'clearance', 'consent'] as const;
export type FactName = (typeof factNames)[number];

export function readMyAccess({ parameter }: Parameters): MyAccess {
  const list = (name: string) => named(parameter, name).map(({ part }) => part);
  return {
    facts: factNames.flatMap((name) => {
      const value = textOf(parameter, name);
      return value === undefined ? [] : [{ name, value }];
    }),
    scopes: list('scope').flatMap((part) => textsOf(part, 'scope')),
    administers: list('administers').flatMap((part) => textsOf(part, 'scope')),
    ignored: list('ignored').map((part) => ({
      scope: textOf(part, 'scope') ?? '',
      why: textOf(part, 'why') ?? '',
      ...optional('reason', textOf(part, 'reason')),
    })),
    policies: list('policy').map((part) => ({
      policy: textOf(part, 'policy') ?? '',
      verdict: textOf(part, 'verdict') ?? '',
      ...optional('because', textOf(part, 'because')),
    })),
    types: list('access').map((part) => ({
      type: textOf(part, 'type') ?? '',
      permissions: textOf(part, 'permissions') ?? '',
      reach: textsOf(part, 'reach'),
    })),
  };
}

const optional = <K extends string>(name: K, value: string | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: string };
