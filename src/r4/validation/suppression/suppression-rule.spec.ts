import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingKinds } from '../finding.js';
import { maySuppress, suppressible } from './may-suppress.js';
import { readSuppressionRule } from './read-suppression-rule.js';
import { endOf, suppressedIssue, Suppressions, type SuppressionRule } from './suppression-rule.js';

const now = Date.parse('2026-06-01T12:00:00Z');
const until = '2026-12-31';
const profile = 'http://example.org/p';
const rule: SuppressionRule = { name: 'one', code: 'obs-6', reason: 'why', until };
const packages = {
  revision: '',
  find: async (_type: string, [asked]: readonly string[]) => [
    asked === profile
      ? {
          type: 'StructureDefinition',
          url: profile,
          version: '1',
          origin: 'a@1',
          resource: { differential: { element: [{ id: 'Patient', constraint: [{ key: 'p-1' }] }] } },
        }
      : undefined,
  ],
};
const problemsOf = async (form: unknown): Promise<readonly string[]> => {
  try {
    await readSuppressionRule(form, packages, now);
    return [];
  } catch (error) {
    return (error as { issues: readonly { diagnostics: string }[] }).issues.map(({ diagnostics }) => diagnostics);
  }
};

describe('a suppression rule', () => {
  it.each([
    [{}],
    [{ code: 'code-not-in-value-set', type: 'Patient', path: 'Patient.name.use' }],
    [{ code: 'missing-slice', profile: `${profile}|1.0.0` }],
    [{ code: 'p-1', profile }],
    [{ until: '2026-06-01' }],
    [{ until: '2026-06-01T14:00:01+02:00' }],
  ])('is read: %j', async (change) => {
    expect(await problemsOf({ ...rule, ...change })).toEqual([]);
  });

  it.each([
    [{ code: undefined }, 'code:'],
    [{ code: 'no-such' }, 'Name the profile'],
    [{ code: 'no-such', profile }, 'has no such invariant'],
    [{ code: 'p-1', profile: 'http://example.org/other' }, 'is not installed'],
    [{ code: 'unknown-element' }, 'always counts'],
    [{ code: 'invalid-value' }, 'always counts'],
    [{ code: 'invalid-reference' }, 'always counts'],
    [{ code: 'per-1' }, 'always counts'],
    [{ code: 'txt-1' }, 'always counts'],
    [{ code: 'unknown-modifier-extension' }, 'always counts'],
    [{ code: '.*' }, 'code:'],
    [{ reason: ' ' }, 'reason: say why'],
    [{ reason: undefined }, 'reason:'],
    [{ reason: 'x'.repeat(501) }, 'reason:'],
    [{ until: undefined }, 'until:'],
    [{ until: '2026-05-31' }, 'in the past'],
    [{ until: '2026-06-01T12:00:00Z' }, 'in the past'],
    [{ until: '2029-06-01' }, '2 years ahead at most'],
    [{ until: '2026-13-31' }, 'is no date'],
    [{ until: 'never' }, 'until: a date'],
    [{ profile: 'p' }, 'profile:'],
    [{ type: 'Patiant' }, 'Did you mean Patient?'],
    [{ path: 'Patient.name[0]' }, 'without indices'],
    [{ path: 'Patient.name', type: 'Observation' }, 'type is Observation'],
    [{ name: 'A b' }, 'name:'],
    [{ pattern: '.*' }, '"pattern" is not known'],
  ])('is refused with %j', async (change, fact) => {
    expect((await problemsOf({ ...rule, ...change })).join(' ')).toContain(fact);
  });

  it('that is any JSON is read or refused', async () => {
    const parts = ['name', 'code', 'profile', 'type', 'path', 'reason', 'until'];
    const form = fc.dictionary(fc.constantFrom(...parts, 'x'), fc.anything());
    await fc.assert(fc.asyncProperty(form, async (one) => void (await problemsOf({ ...rule, ...one }))));
  });

  it('counts to the end of its day, or to its instant', () => {
    expect(endOf({ until: '2026-06-01' })).toBe(Date.parse('2026-06-02T00:00:00Z'));
    expect(endOf({ until: '2026-06-01T12:00:00Z' })).toBe(now);
    const suppressions = new Suppressions([{ ...rule, until: '2026-06-01T12:00:00Z' }]);
    const finding = { code: 'obs-6', expression: 'Observation' };
    expect(suppressions.ruleFor(finding, 'Observation', now - 1)?.name).toBe('one');
    expect(suppressions.ruleFor(finding, 'Observation', now)).toBeUndefined();
  });

  it.each([
    [{}, true],
    [{ type: 'Observation' }, true],
    [{ type: 'Patient' }, false],
    [{ path: 'Observation.component.code' }, true],
    [{ path: 'Observation.component' }, false],
    [{ profile }, true],
    [{ profile: `${profile}|1.0.0` }, true],
    [{ profile: `${profile}|1` }, false],
    [{ profile: 'http://example.org' }, false],
    [{ code: 'missing-element' }, false],
  ])('with %j is about a finding: %s', (change, isAbout) => {
    const asked = `${profile}|1.0.0#Observation.component.code`;
    const finding = { code: 'missing-slice', expression: 'Observation.component[1].code', asked };
    const found = new Suppressions([{ ...rule, code: 'missing-slice', ...change }]).ruleFor(
      finding,
      'Observation',
      now,
    );
    expect(found !== undefined).toBe(isAbout);
  });

  it('shows in what it suppresses', () => {
    const issue = {
      severity: 'error',
      code: 'invariant',
      details: { text: 'text' },
      diagnostics: 'Expected a.',
    } as const;
    expect(suppressedIssue(issue, rule)).toEqual({
      ...issue,
      severity: 'information',
      diagnostics: `Expected a. This error is suppressed until ${until} by the rule "one": why`,
    });
  });
});

describe('what the server rests on', () => {
  const harmless = ['code-not-in-value-set', 'blank-text', 'invariant-not-evaluated'];

  it('is never suppressed in R4 itself', () => {
    for (const code of Object.keys(findingKinds))
      expect([code, maySuppress({ code, expression: 'Patient' }, 'Patient')]).toEqual([code, harmless.includes(code)]);
  });

  it.each(['Consent', 'SearchParameter', 'StructureDefinition', 'ValueSet', 'Group', 'Bundle'])(
    'is %s as a whole',
    (type) => {
      for (const code of [...harmless, 'dom-6', 'obs-6'])
        expect(maySuppress({ code, expression: type }, type)).toBe(false);
    },
  );

  it('is no key of a profile that has the name of a rule of R4', () => {
    const asked = `${profile}|1#Patient`;
    for (const code of ['per-1', 'ele-1', 'wrong-shape', 'too-costly', 'unknown-modifier-extension'])
      expect(maySuppress({ code, expression: 'Patient', asked }, 'Patient')).toBe(false);
    expect(['per-1', 'dom-6', 'missing-element', 'my-1'].map(suppressible)).toEqual(['never', 'yes', 'yes', 'profile']);
  });
});
