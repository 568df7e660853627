import { FhirError } from '../../../r4/errors/fhir-error.js';
import { type JsonObject, parseJson, writeJson } from '../../../r4/json/json.js';
import type { NamedTask, Outcome } from './large-documents.js';
import type { ValidationLevel } from '../../../r4/validation/validation-run.js';
import { validateResource } from '../../../r4/validation/validate-resource.js';
import { readXml } from '../../../r4/xml/read-xml.js';
import { type IndexTask, indexText } from './index-text.js';

const anyDepth = Number.POSITIVE_INFINITY;

/** The kinds of work on large documents in a worker thread. */
const works: Readonly<Record<string, (task: never) => unknown>> = {
  validate: ({ text, level }: { readonly text: string; readonly level: ValidationLevel }) =>
    validateResource(parseJson(text, anyDepth), { level }),
  readXml: ({ text, depthLimit }: { readonly text: string; readonly depthLimit: number }) =>
    writeJson(readXml(text, depthLimit)),
  index: (task: IndexTask) => indexText(task, parseJson(task.text, anyDepth) as JsonObject),
};

// oxlint-disable-next-line import/no-default-export -- the pool calls it
export default function run({ work, task }: NamedTask): Outcome {
  try {
    return { result: works[work]!(task as never) };
  } catch (error) {
    if (error instanceof FhirError) return { refused: { status: error.status, issues: error.issues } };
    throw error;
  }
}
