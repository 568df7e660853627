import { describe, expect, it } from 'vitest';
import type { Principal } from '../../auth/principal.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import { AccessRules } from '../access-rules.js';
import { type Permission, permissions } from '../grammar/permission.js';
import { RequestContext } from '../request-context.js';
import { accessPoliciesOf, type StoredRule } from './stored-policy.js';

const base = 'https://fhir.example/fhir/r4';
const nurse: Principal = {
  issuer: `${base}/idp`,
  local: true,
  subject: 'nurse',
  kind: 'user',
  scopes: ['user/*.cruds'],
  fhirUser: { type: 'Practitioner', id: 'nurse' },
  userWithoutFhirUser: 'deny',
  expiresAt: 2_000_000_000,
  claims: { ward: 'Organization/o1' },
};

function contextUnder(rules: readonly StoredRule[], who: Partial<Principal> = {}): RequestContext {
  const access = new AccessRules({ base, timeZone: 'UTC' }, new SearchParameters());
  const policy = { name: 'of-the-ward', description: 'x', assignedTo: { users: ['nurse'] }, rules };
  access.addPolicies(...accessPoliciesOf(policy, () => [], access.expressions));
  return new RequestContext({ ...nurse, ...who }, access);
}

/** Types that the caller may not write at all, apart from AuditEvent. */
function guarded(rules: readonly StoredRule[], who: Partial<Principal> = {}): readonly string[] {
  const context = contextUnder(rules, who);
  const types = context.rules.dependenciesOf(context.principal);
  const asked = ['CareTeam', 'CodeSystem', 'Encounter', 'Group', 'List', 'Location', 'Observation', 'Organization'];
  const more = ['Patient', 'Practitioner', 'PractitionerRole', 'SearchParameter', 'ValueSet'];
  return [...asked, ...more].filter((type) => {
    const found = (['c', 'u', 'd'] as const).map((one) => types.of(type, one).length > 0);
    expect(new Set(found).size, type).toBe(1);
    return found[0];
  });
}

const onObservation = (constrain: string): readonly StoredRule[] => [{ types: ['Observation'], constrain }];

describe('what a policy goes by', () => {
  it.each<[string, readonly string[]]>([
    ['status=final', []],
    ['performer={{fhirUser}}', []],
    ['patient=p1', []],
    ['patient._has:CareTeam:patient:participant={{fhirUser}}', ['CareTeam']],
    ['patient._has:List:item:_id=study-42', ['List']],
    ['patient._has:Group:member:code=study', ['Group']],
    ['patient._list=42', ['List']],
    ['_list=42', ['List']],
    ['patient.organization={{user.ward}}', ['Patient']],
    ['patient.organization.name=x', ['Organization', 'Patient']],
    ['patient.general-practitioner:PractitionerRole.organization=Organization/o1', ['Patient', 'PractitionerRole']],
    ['encounter.participant={{fhirUser}}', ['Encounter']],
    ['encounter.location:below=Location/ward', ['Encounter', 'Location']],
    ['code:in=http://hl7.org/fhir/ValueSet/observation-vitalsignresult', ['CodeSystem', 'ValueSet']],
    [
      'category:below=http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
      ['CodeSystem', 'ValueSet'],
    ],
    ['patient._has:Encounter:patient:_has:CareTeam:encounter:participant=Practitioner/x', ['CareTeam', 'Encounter']],
  ])('%s', (constrain, types) => {
    expect(guarded(onObservation(constrain))).toEqual(types);
  });

  it('is left to who may write only what satisfies it, and not where writing would link it anew', () => {
    const ofWard = { types: ['Patient'], constrain: 'organization={{user.ward}}' };
    expect(guarded([...onObservation('patient.organization={{user.ward}}'), ofWard])).toEqual([]);
    const other = { types: ['Patient'], constrain: 'organization=Organization/o2' };
    expect(guarded([...onObservation('patient.organization={{user.ward}}'), other])).toEqual(['Patient']);
    const readOnly = { ...ofWard, permissions: ['r', 's'] as readonly Permission[] };
    expect(guarded([...onObservation('patient.organization={{user.ward}}'), readOnly])).toEqual(['Patient']);
    const ofTeam = { types: ['CareTeam'], constrain: 'participant={{fhirUser}}' };
    const throughTeam = 'patient._has:CareTeam:patient:participant={{fhirUser}}';
    expect(guarded([...onObservation(throughTeam), ofTeam])).toEqual(['CareTeam']);
  });

  it('counts for whom the policy limits, and for none who may change policies', () => {
    const security = { ...nurse, adminScopes: 'allow' } as const;
    const rules = onObservation('patient._has:CareTeam:patient:participant={{fhirUser}}');
    const may = (who: Partial<Principal>, letters: readonly Permission[] = permissions) =>
      letters.filter((letter) => contextUnder(rules, who).may('CareTeam', letter)).join('');
    expect(may({})).toBe('rs');
    expect(may({ subject: 'somebody else' })).toBe('cruds');
    expect(may({ ...security, scopes: ['user/*.cruds', 'admin/Policy.u'] })).toBe('cruds');
    expect(may({ ...security, scopes: ['user/*.cruds', 'admin/Policy.r'] })).toBe('rs');
  });

  it('counts for each permission that it limits', () => {
    const reading = { ...onObservation('_list=42')[0]!, permissions: ['r', 's'] as readonly Permission[] };
    expect(guarded([reading])).toEqual(['List']);
  });

  it('may be anything that decides who sees what, while the policy cannot be read', () => {
    expect(guarded(onObservation('gone=1'))).toEqual(
      expect.arrayContaining(['CareTeam', 'List', 'PractitionerRole', 'SearchParameter', 'ValueSet']),
    );
  });

  it('is the definition of a parameter that is stored', () => {
    const parameters = new SearchParameters();
    const urgency = {
      code: 'urgency',
      type: 'token',
      url: 'http://x.example/urgency',
      base: ['Observation'],
      expression: 'Observation.method',
    } as const;
    parameters.setCustom({ active: [urgency], pending: [], generation: 1, revision: 1 });
    const access = new AccessRules({ base, timeZone: 'UTC' }, parameters);
    const rules = onObservation('urgency=high');
    access.addPolicies(
      ...accessPoliciesOf(
        { name: 'urgent', description: 'x', assignedTo: { everyone: true }, rules },
        () => [],
        access.expressions,
      ),
    );
    const types = access.dependenciesOf(nurse);
    expect(types.of('SearchParameter', 'u')).toEqual([{ policy: 'urgent', limits: ['Observation'] }]);
    expect(types.of('ValueSet', 'u')).toEqual([]);
  });

  it('is told with the policy, what it limits, and what helps', () => {
    const context = contextUnder(onObservation('patient._has:CareTeam:patient:participant={{fhirUser}}'));
    expect(() => context.accessTo('CareTeam', 'u')).toThrow(
      expect.objectContaining({
        refusals: [
          {
            code: 'policy-relevant',
            fact: 'The policy of-the-ward limits what you reach of Observation by what CareTeam says, so whom it limits cannot update a CareTeam.',
            cure: expect.stringContaining('admin/Policy.u'),
          },
        ],
      }),
    );
  });
});

describe('an app of a patient', () => {
  const own = { subject: 'p1', scopes: ['patient/*.cruds'], patient: 'p1' };
  const may = (constrain: string, type: string) => contextUnder(onObservation(constrain), own).may(type, 'c');

  it('writes nothing that lists whom a policy is about, whoever that is for', () => {
    expect(may('patient._has:List:item:code=study', 'List')).toBe(false);
    expect(may('_list=42', 'List')).toBe(false);
    expect(may('status=final', 'List')).toBe(true);
    expect(may('patient._has:Communication:recipient:status=completed', 'Communication')).toBe(false);
  });

  it('writes what names its own patient alone', () => {
    expect(may('patient._has:Encounter:patient:status=finished', 'Encounter')).toBe(true);
    expect(may('patient._has:Coverage:beneficiary:status=active', 'Coverage')).toBe(true);
  });
});
