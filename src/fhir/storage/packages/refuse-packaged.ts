import { definitionTypes } from '../../../r4/packages/definition-types.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import type { SqlSession } from '../session/sql-session.js';
import { refuseFailures } from '../writing/change.js';
import type { PlannedChange } from '../writing/next-version.js';
import { keyOf } from '../writing/resource-key.js';
import { isLoaded } from './loaded-package.js';
import { packagedAmong } from './package-rows.js';

/** 409: definitions of packages change with their package alone. */
export class DefinitionOfPackage extends FhirError {
  readonly status = 409;
  constructor(type: string, id: string, origin: string) {
    super({
      code: 'business-rule',
      diagnostics:
        `${type}/${id} ${isLoaded(origin) ? 'was loaded' : `is part of the package ${origin}`}, and changes with it alone. Store your own ${type} under another id and url, ` +
        `or let an administrator remove ${isLoaded(origin) ? 'what was loaded: lanyard terminology list' : `the package: lanyard package remove ${origin}`}`,
    });
  }
}

/** Refuses changes of definitions that packages brought; the rows are locked by now, so that nothing is installed meanwhile. */
export async function refusePackaged(session: SqlSession, plans: readonly PlannedChange[]): Promise<void> {
  const suspects = plans.filter(
    ({ change }) => definitionTypes.has(change.type) && change.kind !== 'create' && !('ofPackage' in change),
  );
  if (suspects.length === 0) return;
  const found = await packagedAmong(
    session,
    suspects.map(({ change }) => change),
  );
  const origins = new Map(found.map((one) => [keyOf(one), one.origin]));
  refuseFailures(
    suspects.flatMap(({ index, change }) => {
      const origin = origins.get(keyOf(change));
      return origin === undefined ? [] : [{ index, error: new DefinitionOfPackage(change.type, change.id, origin) }];
    }),
  );
}
