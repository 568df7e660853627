import { Inject, Injectable, Optional } from '@nestjs/common';
import { AUTH_OPTIONS, type AuthOptions } from '../auth-options.js';
import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import { isSecureUrl } from '../../config/secure-url.js';
import { IssuerIntrospection } from '../introspection/issuer-introspection.js';
import { IssuerKeys } from '../keys/issuer-keys.js';
import { OwnKeys } from '../keys/own-keys.js';
import { RemoteKeys } from '../keys/remote-keys.js';
import { isSignatureAlgorithm } from '../keys/signature-algorithms.js';
import { LOCAL_ISSUER, type LocalIssuer } from '../accounts/local-issuer.js';
import { ownIssuer } from '../token/issuer-rules.js';

/** An issuer with its rules, and keys that count for its tokens only. */
export interface IssuerEntry {
  readonly rules: TrustedIssuer;
  readonly keys: IssuerKeys;
  readonly isOwn: boolean;
  /** For issuers that are asked about tokens. */
  readonly introspection?: IssuerIntrospection;
}

/** All issuers whose tokens count, by their exact name; this server's own one is among them when it has accounts. */
@Injectable()
export class TrustedIssuers {
  private readonly entries = new Map<string, IssuerEntry>();

  constructor(@Inject(AUTH_OPTIONS) options: AuthOptions, @Optional() @Inject(LOCAL_ISSUER) local?: LocalIssuer) {
    if (local) {
      const rules = ownIssuer(local.issuer, options.resource);
      this.entries.set(local.issuer, { rules, keys: new IssuerKeys(local.issuer, new OwnKeys(local)), isOwn: true });
    }
    for (const rules of options.issuers) this.add(rules);
  }

  find(issuer: unknown): IssuerEntry | undefined {
    return typeof issuer === 'string' ? this.entries.get(issuer) : undefined;
  }

  /** The issuer to ask about a token that says nothing itself: the one whose prefix fits best, else the one without prefix. */
  findForOpaque(token: string): IssuerEntry | undefined {
    const prefixOf = ({ rules }: IssuerEntry): string => rules.introspection?.tokenPrefix ?? '';
    return [...this.entries.values()]
      .filter((entry) => entry.introspection !== undefined && token.startsWith(prefixOf(entry)))
      .toSorted((a, b) => prefixOf(b).length - prefixOf(a).length)[0];
  }

  /** Issuers whose keys could not be had at the last look. */
  get withoutKeys(): readonly string[] {
    return [...this.entries.values()]
      .filter(({ keys, isOwn }) => !isOwn && keys.isFailing)
      .map(({ rules }) => rules.issuer);
  }

  /** Number of key fetches with this result, by foreign issuer. */
  fetches(result: 'ok' | 'failed'): Readonly<Record<string, number>> {
    const foreign = [...this.entries.values()].filter(({ isOwn }) => !isOwn);
    return Object.fromEntries(foreign.map(({ keys, rules }) => [rules.issuer, keys.fetches[result]]));
  }

  private add(rules: TrustedIssuer): void {
    const problem = this.problemOf(rules);
    if (problem !== undefined) throw new Error(`Trusted issuer '${rules.issuer}': ${problem}.`);
    const keys = new IssuerKeys(rules.issuer, new RemoteKeys(rules.issuer, rules.jwksUri));
    const introspection = rules.introspection && new IssuerIntrospection(rules.issuer, rules.introspection);
    this.entries.set(rules.issuer, { rules, keys, isOwn: false, ...(introspection && { introspection }) });
  }

  private problemOf({ issuer, jwksUri, algorithms }: TrustedIssuer): string | undefined {
    if (this.entries.has(issuer)) return 'it is configured twice, or is this server itself';
    const keyAddress = jwksUri ?? issuer;
    if (!isSecureUrl(keyAddress)) return `${keyAddress} is no https address, from which keys could be fetched safely`;
    const unknown = algorithms.find((name): boolean => !isSignatureAlgorithm(name));
    if (unknown !== undefined) return `${unknown} is no asymmetric signature algorithm that can be verified here`;
    return algorithms.length === 0 ? 'it allows no signature algorithm' : undefined;
  }
}
