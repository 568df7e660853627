import { describe, expect, it } from 'vitest';
import type { OauthClient } from '../../clients/oauth-client.js';
import type { InteractionDecision } from '../../interaction-decision.js';
import type { Launch } from '../../launch/launch-context.js';
import { DecisionRefused } from './interaction-errors.js';
import { judgeDecision } from './judge-decision.js';
import type { PatientVisibility } from './patient-visibility.js';

const sight: PatientVisibility = {
  maySee: async (account, patient) => account === 'ines' && patient !== 'hidden',
  maySeeEncounter: async (_account, patient, encounter) => encounter === `of-${patient}`,
  anyPatient: async () => undefined,
};
const client: OauthClient = {
  id: 'app',
  name: 'App',
  kind: 'public',
  grantTypes: ['authorization_code'],
  redirectUris: [],
  scopes: ['launch/patient', 'openid', 'patient/*.rs', 'user/*.cruds'],
  origins: [],
  contacts: [],
  introspects: false,
  createdBy: 'admin',
  disabled: false,
};

const judge = (
  decision: Partial<InteractionDecision>,
  asked = 'openid user/Patient.rs patient/*.rs',
  launch?: Launch,
) =>
  judgeDecision(
    { asked: asked.split(' '), client, ...(launch && { launch }) },
    { account: 'ines', authenticatedAt: 0, amr: [], scopes: [], context: {}, ...decision },
    { grants: 'user/*.rs', fhirUser: 'Practitioner/ines' },
    sight,
  );

describe('judgeDecision', () => {
  it('lets through what was offered, whole or narrowed', async () => {
    expect(await judge({ scopes: ['openid', 'user/Patient.rs'] })).toEqual(['openid', 'user/Patient.rs']);
    const scopes = ['patient/Observation.rs?category=laboratory', 'patient/Patient.r'];
    expect(await judge({ scopes, context: { patient: 'p1' } })).toEqual(scopes);
    expect(await judge({ scopes: [] })).toEqual([]);
  });

  it.each([
    ['was not asked', ['user/Observation.rs']],
    ['is more than was asked', ['user/Patient.cruds']],
    ['is wider than was asked', ['user/*.rs']],
    ['the client is not registered for', ['offline_access']],
    ['is for machines', ['system/*.rs']],
    ['is no scope', ['user/Patient.rs; drop']],
  ])('refuses a scope that %s', async (_, scopes) => {
    await expect(judge({ scopes, context: { patient: 'p1' } })).rejects.toThrow(DecisionRefused);
  });

  it('refuses what the user has no right to', async () => {
    await expect(judge({ scopes: ['user/Patient.u'] }, 'user/Patient.cruds')).rejects.toThrow('not offered');
  });

  it('refuses patient scopes without a patient, and a patient whom the user may not see', async () => {
    await expect(judge({ scopes: ['patient/*.rs'] })).rejects.toThrow('No patient');
    await expect(judge({ scopes: ['patient/*.rs'], context: { patient: 'hidden' } })).rejects.toThrow('may not see');
    await expect(judge({ scopes: ['user/Patient.rs'], context: { patient: 'hidden' } })).rejects.toThrow('may not see');
  });

  it('refuses an encounter of somebody else', async () => {
    const scopes = ['patient/*.rs'];
    expect(await judge({ scopes, context: { patient: 'p1', encounter: 'of-p1' } })).toEqual(scopes);
    for (const context of [{ patient: 'p1', encounter: 'of-p2' }, { encounter: 'of-p1' }]) {
      await expect(judge({ scopes: ['openid'], context })).rejects.toThrow('encounter');
    }
  });

  it('refuses a launch of another user, and another patient than the one it is about', async () => {
    const launch = { clientId: 'app', user: 'ines', context: { patient: 'p1', encounter: 'prepared' } };
    const scopes = ['patient/*.rs'];
    expect(await judge({ scopes, context: launch.context }, 'patient/*.rs', launch)).toEqual(scopes);
    await expect(judge({ scopes, context: { patient: 'p2' } }, 'patient/*.rs', launch)).rejects.toThrow(
      'another patient',
    );
    const foreign = { ...launch, user: 'max' };
    await expect(judge({ scopes, context: launch.context }, 'patient/*.rs', foreign)).rejects.toThrow('another user');
  });
});
