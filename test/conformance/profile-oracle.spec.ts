import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, parseJson } from '../../src/r4/json/json.js';
import { ProfileRules } from '../../src/r4/validation/profiles/validate-profiles.js';
import { validateResource } from '../../src/r4/validation/validate-resource.js';
import { definitionsOf, noDefinitions } from '../support/definitions-on-disk.js';

// Resources, and what HL7's Java validator says of each of them. A verdict that differs is listed here with the reason.

interface Case {
  readonly id: string;
  readonly ig: string;
  readonly profile?: string;
  readonly resource: JsonObject;
}

interface Outcome {
  readonly id: string;
  readonly valid: boolean;
  readonly issues: readonly { readonly severity: string; readonly path: string }[];
  readonly terminology?: string;
  readonly needs?: string;
}

interface Judged {
  readonly id: string;
  readonly ig: string;
  readonly valid: boolean;
  readonly paths: readonly string[];
  readonly outcome: Outcome;
}

const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const folder = `${shared}validator-oracle/`;
const isThere = existsSync(`${folder}cases.jsonl`) && existsSync(`${shared}us-core`);

/** Disagreements, and why ours is what R4 says. */
const explained: readonly { readonly id: RegExp; readonly reason: string }[] = [
  {
    id: /^4\.0\.0\/.*#\d+-(?:extension-wrong-type|choice-other-type)$/,
    reason:
      'instance-name and instance-description are defined neither by R4 nor by US Core 4.0.0, so what they may hold is not known',
  },
  {
    id: /^6\.1\.0\/MedicationDispense\/medicationdispense-example#6-extension-on-primitive$/,
    reason:
      'tim-5 is "period.exists() implies period >= 0"; a period without a value compares as empty, and the other validator fails with a null pointer',
  },
];

const lines = (file: string): readonly JsonObject[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => parseJson(line) as JsonObject);

const plain = (path: string): string =>
  path
    .replaceAll(/\.ofType\(\w+\)/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .split('.')
    .map((part) => part.split(':')[0]!)
    .map((part, at) =>
      at > 0
        ? part.replace(/^(value|effective|onset|performed|medication|deceased|occurrence|dose)(?=[A-Z])\w*$/, '$1')
        : part,
    )
    .join('.');

const isNear = (one: string, other: string): boolean => {
  const [long, short] = one.length > other.length ? [one, other] : [other, one];
  return long === short || (long.startsWith(`${short}.`) && !long.slice(short.length + 1).includes('.'));
};

async function judge(): Promise<readonly Judged[]> {
  const outcomes = new Map((lines(`${folder}outcomes.jsonl`) as unknown as Outcome[]).map((one) => [one.id, one]));
  const rules = new Map<string, ProfileRules>([['r4', new ProfileRules(noDefinitions)]]);
  const judged: Judged[] = [];
  for (const { id, ig, profile, resource } of lines(`${folder}cases.jsonl`) as unknown as Case[]) {
    if (!rules.has(ig)) rules.set(ig, new ProfileRules(definitionsOf(`${shared}us-core/${ig}/definitions`)));
    const asked = { ...(profile !== undefined && { profiles: [profile] }), ...isCodeNeeded(outcomes.get(id)) };
    const findings = [...validateResource(resource), ...(await rules.get(ig)!.validate(resource, asked))];
    const paths = findings.filter(({ severity }) => severity === 'error').map(({ expression }) => expression);
    judged.push({ id, ig, valid: paths.length === 0, paths, outcome: outcomes.get(id)! });
  }
  return judged;
}

/** The other validator takes unknown codes for errors, wherever they stand; ours does where that is set. */
const isCodeNeeded = (outcome: Outcome | undefined) => (outcome?.needs ? { unknownCodes: 'error' as const } : {});

const hasNearPath = ({ paths, outcome }: Judged): boolean => {
  const wanted = outcome.issues.filter(({ severity }) => severity === 'error').map(({ path }) => plain(path));
  return wanted.some((one) => one === '' || paths.some((path) => isNear(one, plain(path))));
};

describe.skipIf(!isThere)('verdicts of the Java validator (../shared/data/validator-oracle)', () => {
  let counted: readonly Judged[] = [];
  let unknown: readonly Judged[] = [];
  let codes: readonly Judged[] = [];

  beforeAll(async () => {
    const all = await judge();
    counted = all.filter(({ outcome }) => !outcome.terminology && !outcome.needs);
    unknown = all.filter(({ outcome }) => outcome.terminology);
    codes = all.filter(({ outcome }) => outcome.needs);
  });

  it('are ours, but for those whose reason is written here', () => {
    expect(counted.length).toBeGreaterThan(4500);
    const other = counted.filter(({ valid, outcome }) => valid !== outcome.valid);
    expect(other.map(({ id }) => id).filter((id) => !explained.some((one) => one.id.test(id)))).toEqual([]);
    expect(other.length / counted.length).toBeLessThan(0.01);
    expect(explained.filter((one) => !other.some(({ id }) => one.id.test(id)))).toEqual([]);
  });

  it('refuse nothing that the other accepts', () => {
    expect(counted.filter(({ valid, outcome }) => !valid && outcome.valid).map(({ id }) => id)).toEqual([]);
  });

  it('name an element that the other names, or one next to it', () => {
    const both = counted.filter(({ valid, outcome }) => !valid && !outcome.valid);
    expect(both.filter(hasNearPath).length / both.length).toBeGreaterThan(0.98);
  });

  it('are ours where a code is none of its system, with UNKNOWN_CODES=error', () => {
    expect(codes.length).toBeGreaterThan(50);
    expect(codes.filter(({ valid }) => valid).map(({ id }) => id)).toEqual([]);
    expect(codes.filter((one) => !hasNearPath(one)).map(({ id }) => id)).toEqual([]);
  });

  it('refuse no code of a value set that is not at hand', () => {
    expect(unknown.filter(({ valid, outcome }) => !valid && outcome.valid).map(({ id }) => id)).toEqual([]);
  });
});
