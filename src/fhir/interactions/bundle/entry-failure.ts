import { Refused } from '../../../refusal/refusal.js';
import { FhirError, type Issue } from '../../../r4/errors/fhir-error.js';
import { inTurns } from '../../../r4/json/turns.js';

/** One entry of a bundle that failed, and why. */
export interface EntryFailure {
  readonly index: number;
  readonly error: FhirError;
}

/** The whole transaction fails with the reasons of every entry that failed; nothing was stored. */
export class TransactionFailed extends FhirError {
  readonly status: number;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(failures: readonly [EntryFailure, ...EntryFailure[]]) {
    super(...failures.flatMap(({ index, error }) => error.issues.map((issue) => placed(issue, index))));
    this.status = Math.min(...failures.map(({ error }) => error.status));
    this.headers = failures[0].error.headers;
  }
}

/** Refusals come first: one explained 403 (or 401) with one issue per refused entry. */
function refusedEntries(failures: readonly EntryFailure[]): Refused | undefined {
  const [first, ...more] = failures.flatMap(({ index, error }) =>
    error instanceof Refused ? error.refusals.map((one) => ({ ...one, expression: [place(index)] })) : [],
  );
  return first && new Refused([first, ...more]);
}

/** Runs `read` for every entry, in turns with other requests; what fails is collected, so that one answer names all. */
export async function collectFailures<T extends Pick<EntryFailure, 'index'>, R>(
  items: readonly T[],
  read: (item: T) => R,
): Promise<readonly R[]> {
  const failures: EntryFailure[] = [];
  const results = await inTurns(items, (item) => {
    try {
      return [read(item)];
    } catch (error) {
      if (!isOfOneEntry(error)) throw error;
      failures.push({ index: item.index, error });
      return [];
    }
  });
  throwFailures(failures);
  return results.flat();
}

export function throwFailures(failures: readonly EntryFailure[]): void {
  const [first, ...more] = failures;
  if (first) throw refusedEntries(failures) ?? new TransactionFailed([first, ...more]);
}

/** Runs the work for one entry; a failure that the client can put right names the entry. */
export async function atEntry<T>(index: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isOfOneEntry(error)) throwFailures([{ index, error }]);
    throw error;
  }
}

/** True if another entry would help. A 503 is a failure of the server, answered once for the whole bundle. */
export const isOfOneEntry = (error: unknown): error is FhirError =>
  error instanceof FhirError && (error.status < 500 || error.status === 501);

const place = (index: number): string => `Bundle.entry[${index}]`;

/** `Patient.id` of the third entry is `Bundle.entry[2].resource.id`. */
function placed(issue: Issue, index: number): Issue {
  const [inner] = issue.expression ?? [];
  if (inner?.startsWith('Bundle.entry[')) return issue;
  const path = inner?.replace(/^[A-Z][A-Za-z]*(?=\.|$)/, '').replace(/^(?!\.|$)/, '.');
  return { ...issue, expression: [path === undefined ? place(index) : `${place(index)}.resource${path}`] };
}
