import { describe, expect, it } from 'vitest';
import { scopeWithin } from '../../../scope/grammar/smart-scope.js';
import { boxOf, consentParts, consentScopes } from './consent-pieces.js';
import { decideScopes, grantsNothing } from './decide-scopes.js';
import { groupNames } from './type-groups.js';

const lab = 'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory';
const vital = 'category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs';

const piecesOf = (offered: readonly string[]): readonly string[] =>
  consentScopes(offered).flatMap(({ pieces }) => pieces.map(({ scope }) => scope));

const boxesOf = (offered: readonly string[]): readonly string[] =>
  consentParts(consentScopes(offered)).flatMap((part) =>
    (['*', ...groupNames] as const).map((group) => boxOf(part, group)),
  );

const keepingAll = (offered: readonly string[], but: readonly string[] = []) => ({
  keep: ['identity', 'offline', 'online', ...piecesOf(offered)].filter((one) => !but.includes(one)),
  only: [],
  boxes: boxesOf(offered),
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
    const kept = decideScopes(offered, { keep: [], only: [], boxes: boxesOf(offered) });
    expect(kept).toEqual(['launch']);
    expect(grantsNothing(kept)).toBe(true);
    expect(decideScopes(offered, { keep: ['identity'], only: [], boxes: [] })).toEqual([
      'launch',
      'openid',
      'fhirUser',
    ]);
    expect(decideScopes(['launch/patient', 'openid'], { keep: ['identity'], only: [], boxes: [] })).toContain(
      'launch/patient',
    );
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
    expect(decideScopes(offered, { keep: [], only, boxes: [] })).toEqual(only);
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
      boxes: ['patient:see:*', 'patient:change:*', 'patient:see:person', 'system:change:*'],
    });
    expect(kept).toEqual([]);
  });

  it('is nothing of a part whose box is empty, whatever is ticked below it', () => {
    const offered = ['launch/patient', 'openid', 'patient/*.cruds'];
    const all = keepingAll(offered);
    const without = (box: string) => decideScopes(offered, { ...all, boxes: all.boxes.filter((one) => one !== box) });
    const readOnly = without('patient:change:*');
    expect(readOnly).toContain('patient/Observation.rs');
    expect(readOnly.filter((scope) => /\.\w*[cud]/.test(scope))).toEqual([]);
    const healthy = without('patient:see:health');
    for (const type of ['Condition', 'AllergyIntolerance']) expect(healthy).not.toContain(`patient/${type}.rs`);
    expect(healthy).toContain('patient/Condition.cud');
    expect(healthy).toContain('patient/Observation.rs');
    expect(decideScopes(offered, { ...all, boxes: [] })).toEqual(['openid']);
    const only = [`patient/Observation.rs?${lab}`];
    expect(decideScopes(['patient/*.rs'], { keep: [], only, boxes: ['patient:see:*'] })).toEqual([]);
    expect(decideScopes(['patient/*.rs'], { keep: [], only, boxes: ['patient:see:*', 'patient:see:results'] })).toEqual(
      only,
    );
  });

  it('has no boxes to empty where the choices are few', () => {
    expect(consentParts(consentScopes(['patient/Observation.rs']))).toMatchObject([{ hasBoxes: false }]);
    expect(decideScopes(['patient/Observation.rs'], { keep: ['patient/Observation.rs'], only: [], boxes: [] })).toEqual(
      ['patient/Observation.rs'],
    );
  });

  it('keeps or refuses identity and access while away', () => {
    const offered = ['openid', 'fhirUser', 'offline_access', 'patient/Patient.rs'];
    expect(decideScopes(offered, keepingAll(offered, ['offline']))).not.toContain('offline_access');
    expect(decideScopes(offered, keepingAll(offered, ['identity']))).toEqual(['offline_access', 'patient/Patient.rs']);
  });

  it('grants a right to administer only where the user left it ticked', () => {
    const offered = ['admin/User.rs', 'admin/Policy.u', 'user/Patient.rs'];
    const keep = ['admin/User.rs', 'user/Patient.rs', 'admin/*.cruds'];
    expect(decideScopes(offered, { keep, only: [], boxes: [] })).toEqual(['admin/User.rs', 'user/Patient.rs']);
  });
});
