import { describe, expect, it } from 'vitest';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import type { OauthClient } from '../../clients/oauth-client.js';
import { consentPage } from './consent-page.js';
import { grantedWords } from './granted-words.js';
import { titleOf } from './type-groups.js';
import { en } from '../../words/en.js';

const client: OauthClient = {
  id: 'app',
  name: '<b>Growth "chart"</b>',
  kind: 'public',
  grantTypes: ['authorization_code'],
  redirectUris: ['https://app.example/cb'],
  scopes: [],
  origins: [],
  contacts: [],
  introspects: false,
  createdBy: 'admin',
  disabled: false,
};

const show = (offered: readonly string[], changes: Partial<OauthClient> = {}): string =>
  consentPage({
    look: { words: en, locale: 'en', host: 'fhir.example' },
    action: '/oauth2/interaction/1',
    token: 'token',
    client: { ...client, ...changes },
    account: 'anna',
    patient: { id: 'p1', name: 'Peter <i>Chalmers' },
    offered,
    leftOut: [],
    appsUrl: '/apps',
    offlineDays: 100,
    errors: [],
  });

describe('the consent page', () => {
  it('shows texts of apps and records as text', () => {
    const page = show(['patient/Patient.rs']);
    expect(page).toContain('&lt;b&gt;Growth');
    expect(page).toContain('Peter &lt;i&gt;Chalmers');
    expect(page).not.toMatch(/<b>Growth|<i>Chalmers/);
  });

  it('links only to policies on the web', () => {
    const page = show(['patient/Patient.rs'], {
      policyUri: 'javascript:alert(1)',
      tosUri: 'https://app.example/terms',
    });
    expect(page).not.toContain('javascript:');
    expect(page).toContain('href="https://app.example/terms"');
  });

  it('asks about each right to administer by itself, with a warning', () => {
    const page = show(['admin/User.rs', 'admin/Policy.u', 'user/Patient.rs']);
    expect(page).toContain('wants to administer this server in your name');
    for (const scope of ['admin/User.rs', 'admin/Policy.u']) expect(page).toContain(`name="keep" value="${scope}"`);
    expect(page).toContain('Users: read, search');
    expect(show(['user/Patient.rs'])).not.toContain('administer');
    expect(grantedWords(en, ['admin/User.rs', 'user/Patient.rs']).administers).toEqual(['Users: read, search']);
  });

  it('has a labelled choice for every type of a wildcard, and marks writing', () => {
    const page = show(['patient/*.cruds']);
    expect(page).toContain('value="patient/Observation.rs"');
    expect(page).toContain('value="patient/Observation.cud"');
    expect(page).toContain('wants to add or change data');
    const boxes = page.match(/<input type="checkbox"/g)?.length ?? 0;
    expect(page.match(/<label class="tick/g)).toHaveLength(boxes);
    expect(page.match(/<fieldset/g)?.length).toBe(page.match(/<legend/g)?.length);
  });

  it('has one box for everything and one for each group under a wildcard, and none for a few types', () => {
    const page = show(['patient/*.cruds']);
    for (const box of ['patient:see:*', 'patient:see:health', 'patient:change:*', 'patient:change:health']) {
      expect(page).toContain(`name="box" value="${box}" checked`);
    }
    expect(show(['patient/Observation.rs', 'patient/Patient.rs'])).not.toContain('name="box"');
  });

  it('never says that something is shared when nothing is ticked', () => {
    const page = show(['patient/Observation.rs']);
    expect(page).toContain('Measurements and results (all kinds)');
    expect(page).not.toContain('With none ticked');
    expect(page).toContain('What is not ticked here and above is not shared.');
  });

  it('offers refusal before permission, so that Enter never gives anything away', () => {
    const page = show(['patient/Patient.rs']);
    expect(page.indexOf('value="deny"')).toBeGreaterThan(0);
    expect(page.indexOf('value="deny"')).toBeLessThan(page.indexOf('value="allow"'));
  });

  it('warns of apps that registered themselves', () => {
    expect(show(['patient/Patient.rs'], { createdBy: 'registration' })).toContain('registered itself');
    expect(show(['patient/Patient.rs'])).not.toContain('registered itself');
  });
});

describe('the words for types', () => {
  it('exist for every type of R4, and no two are the same', () => {
    const titles = [...resourceTypes].map((type) => titleOf(en, type));
    expect(new Set(titles).size).toBe(resourceTypes.size);
    expect(titles.every((title) => title.length > 3 && title !== titleOf(en, '*'))).toBe(true);
  });

  it('tell reading from writing of what was granted', () => {
    const words = grantedWords(en, [
      'openid',
      'patient/Condition.rs',
      'patient/Observation.cruds',
      'patient/DiagnosticReport.rs?category=http://loinc.org|LP29684-5',
    ]);
    expect(words.reads).toEqual([
      'Conditions and diagnoses',
      'Measurements and results',
      'Diagnostic reports (Radiology reports)',
    ]);
    expect(words.writes).toEqual(['Measurements and results']);
    expect(words).toMatchObject({ identity: true, offline: false });
  });
});
