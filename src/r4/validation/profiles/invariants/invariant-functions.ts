/** Functions that FHIR adds to FHIRPath (https://hl7.org/fhir/R4/fhirpath.html#functions), answered from what is at hand. */
import { isObject, type Json } from '../../../json/json.js';
import { copiesOf } from '../../invariants/engine.js';
import { codesOf } from '../definitions/code-membership.js';
import { resourceItem } from '../model/item.js';
import type { InvariantScope } from './invariant-scope.js';

type Arity = Readonly<Record<number, readonly string[]>>;

export const functionsOf = (
  runOf: () => InvariantScope,
): Record<string, { fn: (...values: never[]) => unknown; arity: never }> =>
  ({
    resolve: {
      fn: (values: readonly unknown[]) => values.flatMap((value) => resolved(value, runOf())),
      arity: { 0: [] } satisfies Arity,
    },
    memberOf: {
      fn: (values: readonly unknown[], valueSet: string) =>
        values.flatMap((value) => isMember(value, valueSet, runOf())),
      arity: { 1: ['String'] } satisfies Arity,
    },
    conformsTo: {
      fn: (values: readonly unknown[], profile: string) => values.flatMap((value) => conforms(value, profile, runOf())),
      arity: { 1: ['String'] } satisfies Arity,
    },
  }) as never;

/** A resource that travels along; of another only the type is known, and whoever asks more gets no answer. */
function resolved(value: unknown, run: InvariantScope): readonly unknown[] {
  const original = copiesOf(run.context.root).originalOf(value);
  const reference = typeof original === 'string' ? { reference: original } : original;
  if (!isObject(reference)) return [];
  const found = run.local(reference);
  if (found) return [copiesOf(run.context.root).of(found.resource)];
  run.isOpen = true;
  const type = run.targetType(reference);
  return type === undefined ? [] : [{ resourceType: type }];
}

function isMember(value: unknown, valueSet: string, run: InvariantScope): readonly boolean[] {
  const original = copiesOf(run.context.root).originalOf(value);
  const codes =
    codesOf(original, isObject(original) && original['coding'] !== undefined ? 'CodeableConcept' : 'Coding') ?? [];
  const answers = codes.map((code) => run.membershipOf(valueSet, code));
  if (answers.includes('yes')) return [true];
  if (answers.includes('unanswered')) run.isUnanswered = true;
  else if (!answers.includes('unknown')) return [false];
  run.isOpen = true;
  return [];
}

function conforms(value: unknown, profile: string, run: InvariantScope): readonly boolean[] {
  const original: Json = copiesOf(run.context.root).originalOf(value);
  if (!isObject(original) || typeof original['resourceType'] !== 'string') return [];
  const answer = run.conforms(resourceItem(original), profile);
  if (answer !== undefined) return [answer];
  run.isOpen = true;
  return [];
}
