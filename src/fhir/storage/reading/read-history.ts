import type { QueryResultRow } from 'pg';
import type { HistoryRequest } from '../../../r4/search/query/history-request.js';
import type { Access } from '../../../scope/access.js';
import { byType } from '../accesses.js';
import type { ConsentLift } from '../consent/without-consents.js';
import type { Statement } from '../session/statement.js';
import { discloseVersions } from './disclose.js';
import { type FoundVersion, type HistoryPage, historyPage } from './history-page.js';
import { historyStatement } from './history-statement.js';
import { instanceHistoryStatement } from './instance-history-statement.js';
import { shown } from './masked.js';
import { withinBytes } from './within-bytes.js';

/** Sends a statement for a request, without the conditions of Consents where none denies anything (`WithoutConsents`). */
export type ReadRows = <R extends QueryResultRow>(
  accesses: readonly Access[],
  compile: (judged: ConsentLift) => Statement,
) => Promise<R[]>;

/** The versions of one resource, each judged alone; none unless the current one is within reach. */
export async function readInstanceHistory(
  rows: ReadRows,
  access: Access<'r'>,
  id: string,
  request: HistoryRequest,
): Promise<HistoryPage> {
  // Of the access as it is: a total that came and went with the conditions would tell whether some Consent denies anything.
  const isCounted = access.unrestricted;
  const found = await rows<FoundVersion>([access], (judged) =>
    withinBytes(instanceHistoryStatement({ access: judged(access), isCounted }, id, request), request.bytes),
  );
  discloseVersions(access, found.slice(0, request.count));
  return historyPage(shown(found, byType([access])), request);
}

/** The versions of the resources of several types, under an access for each. */
export async function readHistory(
  rows: ReadRows,
  accesses: readonly [Access<'s'>, ...Access<'s'>[]],
  request: HistoryRequest,
): Promise<HistoryPage> {
  const found = await rows<FoundVersion>(accesses, (judged) =>
    withinBytes(historyStatement(accesses.map(judged), request), request.bytes),
  );
  discloseVersions(accesses[0], found.slice(0, request.count));
  return historyPage(shown(found, byType(accesses)), request);
}
