// Validation that needs another terminology server (docs/adr/0122)
import { describe, expect, it } from 'vitest';
import type { DefinitionSource } from '../../../model/definition-source.js';
import type { JsonObject } from '../../../json/json.js';
import type { FarAnswer, FarQuestion, FarTerminology } from '../../../terminology/far-terminology.js';
import { readValueSet, type ValueSet } from '../../../terminology/value-sets/value-set.js';
import { ProfileRules } from '../validate-profiles.js';

const profile: JsonObject = {
  resourceType: 'StructureDefinition',
  url: 'http://guide.example/p',
  name: 'P',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Observation',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
  derivation: 'constraint',
  differential: {
    element: [
      { id: 'Observation', path: 'Observation' },
      {
        id: 'Observation.category',
        path: 'Observation.category',
        slicing: { discriminator: [{ type: 'value', path: '$this' }], rules: 'open' },
      },
      {
        id: 'Observation.category:far',
        path: 'Observation.category',
        sliceName: 'far',
        min: 0,
        max: '1',
        binding: { strength: 'required', valueSet: 'http://far.example/vs' },
      },
      {
        id: 'Observation.code',
        path: 'Observation.code',
        binding: { strength: 'required', valueSet: 'http://far.example/vs' },
      },
    ],
  },
};
const source: DefinitionSource = {
  revision: '1',
  find: async (type, canonicals) =>
    canonicals.map((url) =>
      url === profile['url'] ? { type, url, version: undefined, origin: 'guide@1', resource: profile } : undefined,
    ),
};
const valueSet = readValueSet({
  url: 'http://far.example/vs',
  compose: {
    include: [{ system: 'http://far.example/a', concept: [{ code: 'listed' }] }, { system: 'http://far.example/b' }],
  },
});

/** Answers as it is told, and counts the questions. */
class Far implements FarTerminology {
  asked = 0;

  constructor(
    private readonly set: FarAnswer<ValueSet>,
    private readonly member: FarAnswer<boolean>,
  ) {}

  async valueSets(canonicals: readonly string[]) {
    this.asked += canonicals.length;
    return canonicals.map(() => this.set);
  }

  async members(questions: readonly FarQuestion[]) {
    this.asked += questions.length;
    return questions.map(() => this.member);
  }
}

const away = { noAnswer: { reason: 'away', server: 'far.example' } } as const;
const kept = <T>(found: T) => ({ found, keepMs: 60_000 });
const coded = (system: string, code: string, more: JsonObject = {}): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  meta: { profile: ['http://guide.example/p'] },
  code: { coding: [{ system: `http://far.example/${system}`, code }] },
  ...more,
});
const findings = async (rules: ProfileRules, resource: JsonObject, servers?: FarTerminology) =>
  (await rules.validate(resource, servers ? { servers } : {})).map(
    ({ severity, code, expression }) => `${severity} ${code} ${expression}`,
  );
const once = (resource: JsonObject, servers?: FarTerminology) => findings(new ProfileRules(source), resource, servers);

describe('a binding to a value set that is not here', () => {
  it('says nothing where no server is there, or none has it', async () => {
    expect(await once(coded('b', 'x'))).toEqual([]);
    expect(await once(coded('b', 'x'), new Far(kept(undefined), kept(undefined)))).toEqual([]);
  });

  it('goes by what the servers say', async () => {
    expect(await once(coded('b', 'x'), new Far(kept(valueSet), kept(true)))).toEqual([]);
    expect(await once(coded('b', 'x'), new Far(kept(valueSet), kept(false)))).toContain(
      'error code-not-in-value-set Observation.code',
    );
  });

  it('is not checked while the server is away, unless what is known is enough', async () => {
    expect(await once(coded('b', 'x'), new Far(away, away))).toContain('error not-checked Observation.code');
    expect(await once(coded('b', 'x'), new Far(kept(valueSet), away))).toContain('error not-checked Observation.code');
    const unbound = 'warning not-checked Observation.code.coding[0]';
    expect(await once(coded('a', 'listed'), new Far(kept(valueSet), away))).toEqual([unbound]);
    expect(await once({ ...coded('a', 'listed'), code: {} }, new Far(away, away))).toEqual([]);
  });

  it('that tells slices apart is not checked either', async () => {
    const category = [{ coding: [{ system: 'http://far.example/b', code: 'x' }] }];
    const found = await once(coded('a', 'listed', { category }), new Far(kept(valueSet), away));
    expect(found).toContain('error not-checked Observation.category[0]');
  });
});

describe('an answer', () => {
  it('counts for other resources while it is kept', async () => {
    const rules = new ProfileRules(source);
    const far = new Far(kept(valueSet), kept(true));
    await findings(rules, coded('b', 'x'), far);
    const { asked } = far;
    expect(await findings(rules, coded('b', 'x'), far)).toEqual([]);
    expect([asked, far.asked]).toEqual([3, 3]);
  });

  it('counts for its own resource alone otherwise', async () => {
    const rules = new ProfileRules(source);
    const far = new Far({ found: valueSet, keepMs: 0 }, { found: true, keepMs: 0 });
    expect(await findings(rules, coded('b', 'x'), far)).toEqual([]);
    expect(await findings(rules, coded('b', 'x'), far)).toEqual([]);
    expect(far.asked).toBe(6);
  });

  it('that was not given is asked for again', async () => {
    const rules = new ProfileRules(source);
    await findings(rules, coded('b', 'x'), new Far(away, away));
    expect(await findings(rules, coded('b', 'x'), new Far(kept(valueSet), kept(true)))).toEqual([]);
  });
});
