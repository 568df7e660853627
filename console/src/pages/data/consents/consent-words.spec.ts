import { describe, expect, it } from 'vitest';
import en from '../../../messages/en.json' with { type: 'json' };
import { messagesOf } from '../../../messages/messages.js';
import { consentWords, isEnforced } from './consent-words.js';

const t = messagesOf('en', en);
const privacy = { coding: [{ code: 'patient-privacy' }] };
const consent = { resourceType: 'Consent', status: 'active', scope: privacy, patient: { reference: 'Patient/p1' } };
const rule = (code: string) => ({ coding: [{ code }] });

describe('a Consent in words', () => {
  it('says whom, what and when it concerns, with its exceptions', () => {
    const provision = {
      type: 'deny',
      class: [{ code: 'Observation' }],
      period: { start: '2026-01-01' },
      provision: [
        { type: 'permit', actor: [{ role: rule('IRCP'), reference: { reference: 'Practitioner/dr' } }] },
        { type: 'permit', actor: [{ reference: { type: 'Device', identifier: { system: 'x', value: 'app' } } }] },
      ],
    };
    const words = consentWords({ ...consent, provision }, t);
    expect(words.denies).toBe(true);
    expect(words.conditions).toEqual(['kinds: Observation', 'from – to: 2026-01-01 – …']);
    expect(words.exceptions.map(({ denies, conditions }) => [denies, conditions])).toEqual([
      [false, ['for: Practitioner/dr']],
      [false, ['for: app']],
    ]);
  });

  it.each([
    ['nothing but OPTOUT denies', { policyRule: rule('OPTOUT') }, [true, 0]],
    ['nothing at all permits', {}, [false, 0]],
    ['a condition without a rule denies', { provision: { class: [{ code: 'Patient' }] } }, [true, 0]],
    [
      'a condition under OPTIN is an exception to it',
      { policyRule: rule('OPTIN'), provision: { class: [{ code: 'Patient' }] } },
      [false, 1],
    ],
  ])('%s', (_, members, [denies, exceptions]) => {
    const words = consentWords({ ...consent, ...members }, t);
    expect([words.denies, words.exceptions.length]).toEqual([denies, exceptions]);
  });

  it('is enforced while it is active and about privacy', () => {
    expect(
      [consent, { ...consent, status: 'inactive' }, { ...consent, scope: rule('research') }].map(isEnforced),
    ).toEqual([true, false, false]);
  });
});
