import { isMainThread } from 'node:worker_threads';
import { Tinypool } from 'tinypool';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { type Json, type JsonObject, parseJson, writeJson } from '../../../r4/json/json.js';
import { findPlaces } from '../../../r4/places/find-places.js';
import type { DocumentTask, NamedTask, Outcome } from './large-documents.js';
import { withServerValues } from '../../../r4/validation/server-values.js';
import type { ValidationLevel } from '../../../r4/validation/validation-run.js';
import { validateResource } from '../../../r4/validation/validate-resource.js';
import { readXml } from '../../../r4/xml/read-xml.js';
import { garbageCollector } from '../session/garbage-collector.js';
import { type IndexTask, indexText } from './index-text.js';
import { rowListJson } from './row-json.js';

/** The kinds of work on large documents in a worker thread. */
const works: Readonly<Record<string, (task: never) => unknown>> = {
  validate: (task: DocumentTask & { readonly level: ValidationLevel }) =>
    validateResource(withServerValues(taken(task) as JsonObject), { level: task.level }),
  readXml: ({ text, depthLimit }: { readonly text: string; readonly depthLimit: number }) =>
    writeJson(readXml(text, depthLimit)),
  places: findPlaces,
  index: (task: IndexTask) => indexText(task, taken(task) as JsonObject),
  row: (task: IndexTask & { readonly row: object }) =>
    new TextEncoder().encode(rowListJson(task.row, indexText(task, taken(task) as JsonObject))),
};

/** The document; its text is not held beside it. */
function taken(task: DocumentTask): Json {
  const { length } = task.text;
  const document = parseJson(task.text, Number.POSITIVE_INFINITY);
  task.text = '';
  collectAfter(length);
  return document;
}

export function perform({ work, task }: NamedTask): Outcome {
  try {
    return { result: works[work]!(task as never) };
  } catch (error) {
    if (error instanceof FhirError) return { refused: { status: error.status, issues: error.issues } };
    throw error;
  }
}

/** Bytes are given away, not copied. */
const givenAway = (outcome: Outcome, { buffer }: Uint8Array<ArrayBuffer>): unknown =>
  Tinypool.move({ [Tinypool.valueSymbol]: outcome, [Tinypool.transferableSymbol]: buffer } as unknown as ArrayBuffer);

// oxlint-disable-next-line import/no-default-export -- the pool calls it
export default function run(named: NamedTask): unknown {
  const { length } = named.task.text;
  const outcome = perform(named);
  collectAfter(length);
  const isBytes = 'result' in outcome && outcome.result instanceof Uint8Array;
  return isBytes ? givenAway(outcome, outcome.result as Uint8Array<ArrayBuffer>) : outcome;
}

/** Characters of a document that leaves noticeable garbage. */
const leavesGarbage = 1_048_576;

/** Frees what work on so many characters left: V8 waits until its heap has grown by several times the bytes of a body. */
function collectAfter(length: number): void {
  // It would stop the main thread, which does the work itself in tests.
  if (length < leavesGarbage || isMainThread) return;
  garbageCollector()();
}
