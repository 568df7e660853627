import type { Finding } from '../../parts/finding-list.js';
import { preference, setPreference } from '../../preferences.js';

/** Choices of the user on the way; nothing of it is secret, so the browser may keep it. */
export interface Choices {
  readonly step: number;
  /** False: another FHIR server is set up. */
  readonly isThis: boolean;
  /** FHIR base of the other server. */
  readonly base: string;
  /** Its product, as it says itself; empty if it was not looked at. */
  readonly software: string;
  /** False: tokens come from another authorization server. */
  readonly isOwn: boolean;
  readonly issuer: string;
  /** Values of `aud` that its tokens have, one on each line; empty: the FHIR base. */
  readonly audiences: string;
  /** An algorithm that its tokens are signed with and that does not count without a setting. */
  readonly algorithm: string;
}

export const firstChoices: Choices = {
  step: 0,
  isThis: true,
  base: '',
  software: '',
  isOwn: true,
  issuer: '',
  audiences: '',
  algorithm: '',
};

/** Findings of the server about another one, and what that publishes. */
export interface Candidate {
  readonly findings: readonly Finding[];
  readonly published?: Readonly<Record<string, string>>;
}

/** Choices that follow from a look at another FHIR server; its issuer is kept where it names none. */
export function foundAt({ published = {} }: Candidate): Partial<Choices> {
  const { software = '', issuer } = published;
  return { software, ...(issuer !== undefined && { issuer, isOwn: false }) };
}

/** True where tokens come from this very server. */
export const usesOwn = ({ isThis, isOwn }: Choices, accounts: string | undefined): boolean =>
  isThis && isOwn && accounts !== undefined;

/** Base that tokens are for. */
export const baseOf = ({ isThis, base }: Choices, own: string): string =>
  isThis ? own : base.trim().replace(/\/+$/, '');

/** True where the settings of this product are those of the FHIR server. */
export const hasOurSettings = ({ isThis, software }: Choices): boolean => isThis || software === 'Lanyard';

const argument = (text: string, unknown: string): string => (text.trim() === '' ? unknown : inShell(text.trim()));

/** The command that does all of it from a terminal: registers at the authorization server, and proves it. */
export const commandText = (choices: Choices): string =>
  ['lanyard quickstart', ...(choices.isThis ? [] : ['--base', argument(choices.base, 'URL')])]
    .concat('--issuer', argument(choices.issuer, 'URL'))
    .join(' ');

/** Facts that another product needs in settings of its own. */
export function factsText(choices: Choices): string {
  const { issuer, audience = baseOf(choices, ''), ...more } = issuerEntry(choices) as Readonly<Record<string, unknown>>;
  return JSON.stringify({ fhirBase: baseOf(choices, ''), issuer, audience, ...more }, null, 2);
}

/** Ids of the samples: the same each time, so that nothing is made twice. */
export const serviceId = 'quickstart-service';
export const appId = 'quickstart-app';
export const serviceScope = 'system/Patient.rs';

export const sampleService = {
  id: serviceId,
  name: 'Quickstart service',
  kind: 'confidential-asymmetric',
  redirectUris: [],
  scopes: [serviceScope],
};

export const sampleApp = {
  id: appId,
  name: 'Quickstart app',
  kind: 'confidential-symmetric',
  redirectUris: ['http://localhost:8765/callback'],
  scopes: ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/*.rs'],
};

/** The choices of before, where this browser has them. */
export function keptChoices(): Choices {
  try {
    const kept = JSON.parse(preference('quickstart') ?? '{}') as Partial<Record<keyof Choices, unknown>>;
    const isSound = (Object.keys(firstChoices) as (keyof Choices)[]).every(
      (name) => typeof kept[name] === typeof firstChoices[name],
    );
    return isSound ? (kept as Choices) : firstChoices;
  } catch {
    return firstChoices;
  }
}

export const keepChoices = (choices: Choices): void => setPreference('quickstart', JSON.stringify(choices));

const usualAlgorithms = ['RS256', 'RS384', 'ES256', 'ES384'];

/** Claims of a token that the setting needs; undefined: it is no JWT. */
export function choicesOf(
  token: { readonly header: Readonly<Record<string, unknown>>; readonly payload: Readonly<Record<string, unknown>> },
  base: string,
): Pick<Choices, 'issuer' | 'audiences' | 'algorithm'> {
  const { iss, aud } = token.payload;
  const { alg } = token.header;
  const audiences = [aud].flat().filter((one): one is string => typeof one === 'string');
  return {
    issuer: typeof iss === 'string' ? iss : '',
    audiences: audiences.includes(base) ? '' : audiences.join('\n'),
    algorithm: typeof alg === 'string' && !usualAlgorithms.includes(alg) ? alg : '',
  };
}

/** The entry of `TRUSTED_ISSUERS` that makes tokens of the other authorization server count. */
export function issuerEntry({ issuer, audiences, algorithm }: Choices): object {
  const named = audiences.split(/\s+/).filter((one) => one !== '');
  return {
    issuer,
    ...(named.length > 0 && { audience: named.length === 1 ? named[0] : named }),
    ...(algorithm !== '' && { algorithms: [algorithm] }),
  };
}

const settingOf = (choices: Choices): string => JSON.stringify([issuerEntry(choices)]);
/** As a shell reads it: a quote ends the text, stands alone, and begins it again. */
const inShell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const inYaml = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The lines for the environment or `.env`. */
export const environmentText = (choices: Choices): string =>
  choices.isOwn ? 'EMBEDDED_ISSUER=on' : `TRUSTED_ISSUERS=${inShell(settingOf(choices))}`;

/** The values for the chart. */
export const helmText = (choices: Choices): string =>
  choices.isOwn ? "settings:\n  EMBEDDED_ISSUER: 'on'" : `settings:\n  TRUSTED_ISSUERS: ${inYaml(settingOf(choices))}`;

/** The samples for `lanyard apply`; `jwks`: the public keys of the service, where they are known. JSON is YAML. */
export function applyText(jwks: unknown): string {
  const service = jwks === undefined ? [] : [{ ...sampleService, jwks }];
  return `clients:\n${[...service, sampleApp].map((client) => `  - ${JSON.stringify(client)}`).join('\n')}`;
}
