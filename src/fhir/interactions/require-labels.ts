import { FhirError } from '../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../r4/json/json.js';
import { isSameLabel, labelElements, labelsOf } from '../../r4/model/labels.js';

/** 422: tags and security labels are taken away by `$meta-delete` alone, which needs its own right. */
export class LabelsRemoved extends FhirError {
  readonly status = 422;
  constructor(type: string, id: string, element: string) {
    super({
      code: 'business-rule',
      diagnostics: `The patch would remove a label of meta.${element}. Use POST ${type}/${id}/$meta-delete, which needs the permission to delete as well.`,
      expression: [`${type}.meta.${element}`],
    });
  }
}

/** Every tag and security label of `before` must be in `after` (docs/adr/0012). */
export function requireLabels(before: JsonObject, after: JsonObject): void {
  for (const element of labelElements) {
    const kept = labelsOf(after['meta'], element);
    const isKept = labelsOf(before['meta'], element).every((label) => kept.some((other) => isSameLabel(label, other)));
    if (!isKept) throw new LabelsRemoved(before['resourceType'] as string, before['id'] as string, element);
  }
}
