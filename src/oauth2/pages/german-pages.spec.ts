import { describe, expect, it } from 'vitest';
import { resourceTypes } from '../../r4/model/resource-types.js';
import type { OauthClient } from '../clients/oauth-client.js';
import { de } from '../words/de.js';
import { en } from '../words/en.js';
import { consentPage } from './consent/consent-page.js';
import { errorPage } from './error-page.js';
import type { Look } from './look.js';
import { requestFault } from './request-faults.js';
import { appsPage } from './views/apps-page.js';
import { deadEndPage, leavingPage } from './views/leaving-page.js';
import { loginPage } from './views/login-page.js';
import { accountPasswordPage, newPasswordPage, passwordChosenPage } from './views/password-page.js';
import { encounterPage, patientPage } from './views/patient-page.js';
import { secondFactorPage } from './views/second-factor-page.js';
import { securityPage } from './views/security-page.js';

const look: Look = { words: de, locale: 'de', host: 'fhir.example' };
const client: OauthClient = {
  id: 'app',
  name: 'Xyz',
  kind: 'public',
  grantTypes: ['authorization_code'],
  redirectUris: ['https://app.example/cb'],
  scopes: [],
  origins: [],
  contacts: [],
  introspects: false,
  createdBy: 'registration',
  disabled: false,
  policyUri: 'https://app.example/p',
  tosUri: 'https://app.example/t',
};
const frame = { look, action: '/x', token: 'x', account: 'anna' };
const errors = [{ field: 'name', text: (words: typeof de) => words.login.wrong }];
const patient = { id: 'p1', name: 'Anna Z', birthDate: '1974-12-25', sex: 'female', identifier: '17' } as const;
const factors = {
  totp: true,
  passkeys: [{ credentialId: 'c', label: 'Yubi', createdAt: new Date(0) }],
  recoveryCodesLeft: 3,
} as unknown as Parameters<typeof securityPage>[0]['factors'];
const app = {
  clientId: 'app',
  since: new Date(0),
  usedAt: new Date(0),
  scopes: ['openid', 'offline_access', 'patient/*.rs', 'user/Observation.cruds', 'admin/User.rs'],
  servers: ['https://other.example'],
  patients: ['Anna Z'],
};
const consent = (offered: readonly string[]): string =>
  consentPage({
    ...frame,
    client,
    server: 'https://other.example',
    patient,
    offered,
    leftOut: (['unregistered', 'unlinked', 'machines', 'noRight', 'notRead'] as const).map((why) => ({
      scope: 's',
      why,
      detail: 'this is in English',
    })),
    appsUrl: '/a',
    offlineDays: 100,
    errors,
  });

const security = { ...frame, factors, passkey: '{}', script: '/s', elsewhere: false, errors };
const pages: Readonly<Record<string, string>> = {
  login: loginPage({
    ...frame,
    app: 'Xyz',
    providers: [{ name: 'Uni', address: '/u' }],
    name: '',
    errors,
    canCancel: true,
  }),
  ownLogin: loginPage({
    ...frame,
    providers: [],
    name: '',
    errors,
    canCancel: false,
    hint: de.login.providerHint(['Uni']),
  }),
  secondStep: secondFactorPage({ ...frame, hasApp: true, passkey: '{}', script: '/s', errors }),
  leaving: leavingPage(look, 'Xyz', '/a'),
  deadEnd: deadEndPage({ ...frame, title: de.deadEnds.notYours[0], text: de.deadEnds.notYours[1] }),
  patients: patientPage({
    ...frame,
    app: 'Xyz',
    searchable: true,
    query: {},
    found: { patients: [patient, { id: 'p2' }], next: 'n', previous: 'p' },
    errors,
  }),
  nobody: patientPage({ ...frame, app: 'Xyz', searchable: false, query: {}, found: { patients: [] }, errors }),
  encounters: encounterPage({
    ...frame,
    app: 'Xyz',
    patient,
    encounters: [
      { id: 'e1', days: ['2024-05-06', '2024-05-07'] },
      { id: 'e2', days: [] },
    ],
  }),
  consent: consent(['openid', 'fhirUser', 'offline_access', 'patient/Observation.cruds', 'admin/User.rs']),
  wideConsent: consent(['online_access', 'patient/*.cruds', 'user/*.rs']),
  apps: appsPage({ ...frame, apps: [{ ...app, name: undefined }], done: de.apps.stopped }),
  noApps: appsPage({ ...frame, apps: [] }),
  password: accountPasswordPage({
    ...frame,
    target: '/x',
    apps: '/apps',
    sessions: '/sessions',
    errors,
    elsewhere: false,
    done: de.password.changed,
  }),
  passwordElsewhere: accountPasswordPage({
    ...frame,
    target: '/x',
    apps: '/apps',
    sessions: '/s',
    errors,
    elsewhere: true,
  }),
  newPassword: newPasswordPage({ ...frame, target: '/x', errors, why: de.password.oneTime }),
  chosen: passwordChosenPage(look, '/apps'),
  security: securityPage({ ...security, codes: ['1234'], newTotp: { secret: 'ABCD', address: 'otpauth://x' } }),
  securityElsewhere: securityPage({ ...security, elsewhere: true }),
  failed: errorPage(look, { explain: requestFault('invalid_client'), detail: 'this is the detail', requestId: '1' }),
};

/** Text that people read or hear, without what says that it is in English. */
function textOf(page: string): string {
  const spoken = [...page.matchAll(/(?:aria-label|data-follow|data-known|data-failed)="([^"]*)"/g)].map(
    ([, text]) => text,
  );
  const values = [...page.matchAll(/<input[^>]*type="text"[^>]*value="([^"]*)"/g)].map(([, text]) => text);
  const shown = page
    .replace(/<(style|svg)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<(dd|span)[^>]* lang="en"[^>]*>[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ');
  return [shown, ...spoken, ...values].join(' ');
}

const english =
  /\b(?:the|and|of|to|you|your|yours|is|are|it|with|without|this|that|not|from|or|for|on|off|no|yes|sign|password|patient record|apps? that|what|who|choose|allow|share|search|back|again|since|more|kinds?|data)\b/giu;

describe('the pages in German', () => {
  it.each(Object.entries(pages))('have no English words: %s', (_, page) => {
    expect(page).toContain('<html lang="de">');
    expect(textOf(page).match(english) ?? []).toEqual([]);
  });

  it('would be found out', () => {
    const page = loginPage({
      ...frame,
      look: { ...look, words: en },
      providers: [],
      name: '',
      errors,
      canCancel: true,
    });
    expect(textOf(page).match(english)?.length).toBeGreaterThan(10);
  });

  it('name what a consent is about in German', () => {
    expect([...resourceTypes].filter((type) => pages['wideConsent']!.includes(`>${type}<`))).toEqual([]);
    expect(pages['patients']).toContain('Geboren 25. Dezember 1974');
  });
});
