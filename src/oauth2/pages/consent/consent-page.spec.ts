import { describe, expect, it } from 'vitest';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import type { OauthClient } from '../../clients/oauth-client.js';
import { consentPage } from './consent-page.js';
import { grantedWords } from './granted-words.js';
import { wordsOf } from './type-words.js';

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
    host: 'fhir.example',
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
    expect(grantedWords(['admin/User.rs', 'user/Patient.rs']).administers).toEqual(['Users: read, search']);
  });

  it('has a labelled choice for every type of a wildcard, and marks writing', () => {
    const page = show(['patient/*.cruds']);
    expect(page).toContain('value="patient/Observation.rs"');
    expect(page).toContain('value="patient/Observation.cud"');
    expect(page).toContain('wants to add or change data');
    const boxes = page.match(/<input type="checkbox"/g)?.length ?? 0;
    expect(page.match(/<label class="tick/g)).toHaveLength(boxes);
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
    const titles = [...resourceTypes].map((type) => wordsOf(type).title);
    expect(new Set(titles).size).toBe(resourceTypes.size);
    expect(titles.every((title) => /^[A-Z][^A-Z]*( [A-Z]{2,}[^A-Z]*)?$/.test(title) || title.length > 3)).toBe(true);
    expect(wordsOf('RiskEvidenceSynthesis').title).toBe('Risk evidence synthesis');
  });

  it('tell reading from writing of what was granted', () => {
    const words = grantedWords([
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
