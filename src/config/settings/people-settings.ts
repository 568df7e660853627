import { z } from 'zod';
import { confidentialities } from '../../r4/model/confidentiality.js';
import { isResourceType } from '../../r4/model/resource-types.js';
import { loginProviders } from '../foreign/login-provider.js';
import { trustedIssuers } from '../foreign/trusted-issuer.js';
import { setting } from './setting.js';
import { logo, readableColour } from './organisation-kinds.js';
import { isHost, json, listOf, oneOf, onOff, wholeNumber } from './setting-kinds.js';

const isType = (text: string): text is string => isResourceType(text);

export const loginSettings = {
  TRUSTED_ISSUERS: setting(json().pipe(trustedIssuers), {
    example: `'[{"issuer":"https://idp.example"}]' or TRUSTED_ISSUERS=@issuers.json`,
    meaning:
      'Identity providers whose access tokens count: JSON, or `@file.json` ([recipes](identity-providers/README.md)).',
  }),
  EMBEDDED_ISSUER: setting(onOff().default(true), {
    example: 'on',
    meaning: 'Whether this server has accounts and gives tokens.',
  }),
  LOGIN_PROVIDERS: setting(json().pipe(loginProviders), {
    example: '@login-providers.json',
    meaning:
      'OpenID providers whose users may log in here: JSON, or `@file.json` ([recipes](identity-providers/README.md)).',
  }),
  ADMIN_USER: setting(
    z
      .string()
      .regex(/^[^\s:]{1,100}$/, 'must be a name without spaces and colons')
      .default('admin'),
    {
      example: 'admin',
      meaning: 'Name of the first user, who has `user/*.cruds user/AuditEvent.rs admin/*.cruds`.',
    },
  ),
  ADMIN_PASSWORD: setting(z.string().optional(), {
    example: "'correct horse battery staple'",
    meaning: 'Password of the first user.',
    default: 'generated, and printed once',
  }),
  LOGIN: setting(onOff().optional(), {
    example: 'on',
    meaning: '`/login` and `/refresh`: tokens for name and password, for first-party use.',
    default: '`on` with the embedded database, else `off`',
  }),
  AUTH_BASIC: setting(onOff().default(false), { example: 'off', meaning: 'HTTP Basic on the FHIR base.' }),
  CLOCK_SKEW: setting(wholeNumber(0, 600).default(60), {
    example: '60',
    meaning: 'Seconds that the clocks of issuers may differ from the clock here.',
  }),
};

export const appSettings = {
  REGISTRATION: setting(oneOf(['token', 'open', 'off']).default('token'), {
    example: 'token',
    meaning: 'Dynamic registration: `token`: with an initial access token; `open`: by anybody; `off`.',
  }),
  ACCESS_TOKEN_TTL: setting(wholeNumber(30, 86_400).default(3600), {
    example: '3600',
    meaning: 'Seconds that access tokens of SMART apps count.',
  }),
  REFRESH_TOKEN_TTL: setting(wholeNumber(60, 99_999_999).default(8_640_000), {
    example: '8640000',
    meaning: 'Seconds after its last use that a refresh token of a SMART app counts (100 days).',
  }),
  LOGIN_TOKEN_TTL: setting(wholeNumber(1, 86_400).default(3600), {
    example: '3600',
    meaning: 'Seconds that access tokens of `/login` count.',
  }),
  LOGIN_REFRESH_TTL: setting(wholeNumber(1, 31_536_000).default(43_200), {
    example: '43200',
    meaning: 'Seconds that a login by `/login` can be refreshed.',
  }),
  JWKS_ALLOW_PRIVATE: setting(
    listOf(isHost, 'must be host names or addresses, with a port or without, separated by commas'),
    {
      example: 'keys.internal,10.0.0.7:8443',
      meaning: 'Hosts in private networks where clients may publish their keys.',
    },
  ),
  INTERACTION_AUTOPILOT: setting(onOff().default(false), {
    example: 'off',
    meaning: 'For automation: login and consent are decided without a page. Refused in production.',
  }),
};

export const organisationSettings = {
  ORGANISATION_NAME: setting(
    z
      .string()
      .trim()
      .regex(/^\P{Cc}{1,80}$/u, 'must be a name of 80 characters at most')
      .optional(),
    {
      example: "'Hospital of the Hills'",
      meaning: 'Whose server the pages of the authorization server say that they are of.',
    },
  ),
  ORGANISATION_LOGO: setting(logo(), {
    example: '/etc/lanyard/logo.png',
    meaning:
      'File with the logo on these pages, read at the start, or a `data:` URL: PNG, JPEG or WebP of 128 kB at most.',
  }),
  ORGANISATION_COLOUR: setting(readableColour(), {
    example: "'#0f5e9c'",
    meaning:
      'Colour of buttons and links on these pages. Text in it has to be readable (contrast 4.5 of WCAG 2.2); in dark it is made lighter.',
  }),
};

export const accessSettings = {
  CLEARANCE: setting(oneOf(confidentialities).default('V'), {
    example: 'N',
    meaning:
      'Highest confidentiality label (`U L M N R V`) that callers see for whom none is set ' +
      '([labels](consent-and-labels.md)).',
  }),
  CONSENT: setting(oneOf(['users', 'all', 'off']).default('users'), {
    example: 'all',
    meaning:
      'Against whom active Consents are enforced: `users` and their apps, `all` (machines too), `off` ' +
      '([Consents](consent-and-labels.md)).',
  }),
  PATIENT_WRITES: setting(listOf(isType, 'must be R4 resource types, separated by commas'), {
    example: 'Consent,RelatedPerson',
    meaning:
      'Types that decide who sees what (CareTeam, Consent, Person, RelatedPerson, Lists that policies go by), and that ' +
      '`patient/` scopes and users who are a Patient or RelatedPerson may write all the same, in their own record ' +
      '([policies](policies.md#who-may-change-what-policies-go-by)).',
  }),
};
