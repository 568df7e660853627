import { describe, expect, it } from 'vitest';
import { scopeWithin } from '../../../scope/grammar/smart-scope.js';
import { consentScopes } from './consent-pieces.js';
import { decideScopes, grantsNothing } from './decide-scopes.js';

const lab = 'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory';
const vital = 'category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs';

const piecesOf = (offered: readonly string[]): readonly string[] =>
  consentScopes(offered).flatMap(({ pieces }) => pieces.map(({ scope }) => scope));

const keepingAll = (offered: readonly string[], but: readonly string[] = []) => ({
  keep: ['identity', 'offline', 'online', ...piecesOf(offered)].filter((one) => !but.includes(one)),
  only: [],
});

describe('what a user keeps', () => {
  it.each([
    [['launch/patient', 'openid', 'fhirUser', 'offline_access', 'patient/*.rs']],
    [['patient/Observation.cruds', 'patient/Patient.read', 'user/Condition.*']],
    [[`patient/Observation.rs?${lab}`, `patient/Observation.rs?${vital}`]],
    [['patient/Observation.read', 'patient/Observation.write']],
  ])('is what was offered when nothing is refused: %j', (offered) => {
    expect(decideScopes(offered, keepingAll(offered)).toSorted()).toEqual(offered.toSorted());
  });

  it('is nothing when everything is refused, not even whose record it was', () => {
    const offered = ['launch', 'launch/patient', 'openid', 'fhirUser', 'offline_access', 'patient/*.cruds'];
    const kept = decideScopes(offered, { keep: [], only: [] });
    expect(kept).toEqual(['launch']);
    expect(grantsNothing(kept)).toBe(true);
    expect(decideScopes(offered, { keep: ['identity'], only: [] })).toEqual(['launch', 'openid', 'fhirUser']);
    expect(decideScopes(['launch/patient', 'openid'], { keep: ['identity'], only: [] })).toContain('launch/patient');
  });

  it('names the types that are left of a wildcard', () => {
    const offered = ['patient/*.rs'];
    const kept = decideScopes(offered, keepingAll(offered, ['patient/Condition.rs']));
    expect(kept).toContain('patient/Observation.rs');
    expect(kept).not.toContain('patient/Condition.rs');
    expect(kept).not.toContain('patient/*.rs');
    expect(kept.every((scope) => scopeWithin(scope, 'patient/*.rs'))).toBe(true);
  });

  it('leaves types that a wildcard does not reach out of its list', () => {
    expect(piecesOf(['patient/*.cruds'])).not.toContain('patient/AuditEvent.rs');
    expect(piecesOf(['patient/*.cruds'])).not.toContain('patient/Group.rs');
    expect(piecesOf(['patient/*.cruds'])).not.toContain('patient/Practitioner.cud');
  });

  it('can be reading without writing, in the version of the app', () => {
    const one = ['patient/Observation.cruds'];
    expect(decideScopes(one, keepingAll(one, ['patient/Observation.cud']))).toEqual(['patient/Observation.rs']);
    const old = ['patient/Observation.*'];
    expect(decideScopes(old, keepingAll(old, ['patient/Observation.write']))).toEqual(['patient/Observation.read']);
    const oldAll = ['patient/*.read'];
    expect(decideScopes(oldAll, keepingAll(oldAll, ['patient/Condition.read']))).toContain('patient/Observation.read');
  });

  it('can be some kinds of a type, whether the type is ticked beside or not', () => {
    const offered = ['patient/Observation.rs', 'patient/Patient.rs'];
    const only = [`patient/Observation.rs?${lab}`];
    expect(decideScopes(offered, { ...keepingAll(offered), only })).toEqual([only[0], 'patient/Patient.rs']);
    expect(decideScopes(offered, { keep: [], only })).toEqual(only);
  });

  it('keeps writing when reading is narrowed', () => {
    const offered = ['patient/Observation.cruds'];
    const only = [`patient/Observation.rs?${lab}`];
    expect(decideScopes(offered, { ...keepingAll(offered), only })).toEqual([only[0], 'patient/Observation.cud']);
  });

  it('refuses single kinds that the app asked for', () => {
    const offered = [`patient/Observation.rs?${lab}`, `patient/Observation.rs?${vital}`];
    expect(decideScopes(offered, keepingAll(offered, [offered[0]!]))).toEqual([offered[1]]);
  });

  it('is never more than was offered, whatever the form says', () => {
    const forged = ['patient/*.cruds', 'system/*.cruds', 'user/Patient.rs', 'offline', 'identity', 'openid'];
    const kept = decideScopes(['patient/Patient.r'], {
      keep: forged,
      only: [`patient/Observation.rs?${lab}`, 'patient/Patient.rs'],
    });
    expect(kept).toEqual([]);
  });

  it('keeps or refuses identity and access while away', () => {
    const offered = ['openid', 'fhirUser', 'offline_access', 'patient/Patient.rs'];
    expect(decideScopes(offered, keepingAll(offered, ['offline']))).not.toContain('offline_access');
    expect(decideScopes(offered, keepingAll(offered, ['identity']))).toEqual(['offline_access', 'patient/Patient.rs']);
  });

  it('grants a right to administer only where the user left it ticked', () => {
    const offered = ['admin/User.rs', 'admin/Policy.u', 'user/Patient.rs'];
    const keep = ['admin/User.rs', 'user/Patient.rs', 'admin/*.cruds'];
    expect(decideScopes(offered, { keep, only: [] })).toEqual(['admin/User.rs', 'user/Patient.rs']);
  });
});
