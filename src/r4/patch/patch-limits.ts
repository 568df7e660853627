import { isObject, type Json, type JsonObject, maximumDepth } from '../json/json.js';
import { inapplicable } from './operation-fault.js';
import { MalformedPatch, PatchNotApplicable } from './patch-errors.js';

const maximumOperations = 1_000;
const maximumCopied = 100_000;
const maximumEffort = 10_000_000;

export function checkOperationCount(count: number): void {
  if (count <= maximumOperations) return;
  throw new MalformedPatch({
    code: 'too-costly',
    diagnostics: `The patch has ${count} operations; at most ${maximumOperations} are allowed. Send several patches.`,
  });
}

/** Operations can nest deeper than any document that was parsed, and later recursion relies on that limit. */
export function checkDepth(document: Json): void {
  let level: readonly Json[] = [document];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= maximumDepth) {
      throw new PatchNotApplicable({
        code: 'too-costly',
        diagnostics: `The patched resource would nest more than ${maximumDepth} levels deep.`,
      });
    }
    level = level.flatMap(childrenOf);
  }
}

const childrenOf = (node: Json): readonly Json[] =>
  (Object.values(node as JsonObject) as readonly Json[]).filter((child) => Array.isArray(child) || isObject(child));

/** Copies of copies double a document with each operation; this counts what they would cost when written out. */
export class CopyAllowance {
  private left = maximumCopied;

  take(value: Json, depth = 0): void {
    if (--this.left < 0 || depth >= maximumDepth) {
      throw inapplicable('too-costly', `The patch copies more than ${maximumCopied} values, or too deep a nesting.`);
    }
    if (typeof value !== 'object' || value === null) return;
    for (const child of Object.values(value) as readonly Json[]) this.take(child, depth + 1);
  }
}

/** Bounds the work of finding elements, in units of about 0.1 µs, whatever the expressions and the resource. */
export class Effort {
  private left = maximumEffort;

  spend(units: number): void {
    this.left -= units;
    if (this.left < 0) {
      throw inapplicable(
        'too-costly',
        'The expressions of the patch take too long on this resource. Send several patches.',
      );
    }
  }
}
