import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type JsonObject, parseJson, writeJson } from '../../src/r4/json/json.js';
import { applyFhirPathPatch } from '../../src/r4/patch/fhirpath/fhirpath-patch.js';
import { applyJsonPatch } from '../../src/r4/patch/json-patch.js';
import { MalformedPatch, PatchNotApplicable } from '../../src/r4/patch/patch-errors.js';

// Published suites, which are not part of this repository: the folder that holds them, as laid out by whoever fetched it.
const folder = process.env['CONFORMANCE_DATA'] ?? resolve(import.meta.dirname, '../../../shared/data');

interface Row {
  readonly name: string;
  readonly resource: unknown;
  readonly patch: unknown;
  /** Undefined when the patch has to be refused. */
  readonly result: unknown;
}
type Read = (text: string) => readonly Row[];
type Apply = (resource: JsonObject, patch: JsonObject) => JsonObject;

const parse = (value: unknown): JsonObject => parseJson(JSON.stringify(value)) as JsonObject;

function patchedOrError(apply: Apply, { resource, patch }: Row): unknown {
  try {
    return JSON.parse(writeJson(apply(parse(resource), parse(patch))));
  } catch (error) {
    if (error instanceof MalformedPatch || error instanceof PatchNotApplicable) return error;
    throw error;
  }
}

const readLines = (text: string): readonly Row[] =>
  text
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as { id: string; input: unknown; diff: unknown; output: unknown; errorExpected: boolean },
    )
    .map(({ id, input, diff, output, errorExpected }) => ({
      name: id,
      resource: input,
      patch: diff,
      result: errorExpected ? undefined : output,
    }));

interface JsonPatchTest {
  readonly comment: string;
  readonly doc: unknown;
  readonly patch: unknown;
  readonly expected?: unknown;
  readonly error?: string;
  readonly disabled?: boolean;
}

/** A test that says neither what is expected nor an error only has to be applied: nothing changes. */
const readTests = (text: string): readonly Row[] =>
  (JSON.parse(text) as JsonPatchTest[])
    // "Two op members": a name twice in one object never passes our JSON parser, whose own tests say so.
    .filter(({ disabled = false }) => !disabled)
    .map(({ comment, doc, patch, expected = doc, error }) => ({
      name: comment,
      resource: doc,
      patch,
      result: error === undefined ? expected : undefined,
    }));

const suites: readonly { readonly name: string; readonly file: string; readonly apply: Apply; readonly read: Read }[] =
  [
    {
      name: 'FHIRPath Patch of HL7',
      file: 'cases/dev/fhirpath-patch-r4.jsonl',
      apply: applyFhirPathPatch,
      read: readLines,
    },
    { name: 'JSON Patch of the RFC', file: 'json-patch/spec_tests.json', apply: applyJsonPatch, read: readTests },
    {
      name: 'JSON Patch of HL7',
      file: 'fhir-test-cases/r4/patch/json-patch-tests.json',
      apply: applyJsonPatch,
      read: readTests,
    },
  ];

describe.each(suites)('$name', ({ file, apply, read }) => {
  const path = resolve(folder, file);
  const rows = existsSync(path) ? read(readFileSync(path, 'utf8')) : [];

  it('has rows', ({ skip }) => {
    skip(rows.length === 0, `CONFORMANCE_DATA has no ${file}`);
    expect(rows.length).toBeGreaterThan(10);
  });

  // Every row is decided as published; one that we come to decide otherwise is named here, with its reason.
  it.each(rows)('decides like the suite: $name', (row) => {
    const decided = patchedOrError(apply, row);
    if (row.result === undefined) expect(decided).toBeInstanceOf(Error);
    else expect(decided).toEqual(row.result);
  });
});
