import { InvalidRequest } from '../../../../r4/errors/fhir-error.js';
import { type Change, ChangesFailed } from '../change.js';
import { IdTaken } from '../contents/store-content.js';
import { keyOf } from '../resource-key.js';

/** Refuses two changes of one resource: which of them wins would depend on chance. */
export function checkChanges(changes: readonly Change[]): void {
  const positions = new Map<string, number>();
  for (const [index, change] of changes.entries()) {
    if (change.access.type !== change.type) throw new TypeError('The access of a change is for another type.');
    const key = keyOf(change);
    const first = positions.get(key);
    if (first !== undefined) {
      const isMade = change.kind === 'create' && changes[first]!.kind === 'create';
      const error = isMade ? new IdTaken() : changedTwice(key);
      throw new ChangesFailed([
        { index: first, error },
        { index, error },
      ]);
    }
    positions.set(key, index);
  }
}

const changedTwice = (key: string): InvalidRequest =>
  new InvalidRequest({
    code: 'duplicate',
    diagnostics: `${key} is changed twice; one transaction can change a resource once.`,
  });
