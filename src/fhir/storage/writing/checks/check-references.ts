import type { Grant } from '../../../../scope/access.js';
import { grantsKey } from '../../../../scope/grant.js';
import type { LocalReference } from '../../../../r4/model/reference.js';
import { type LocalLink, localReferences } from '../../../../r4/search/index/local-references.js';
import type { ResourceIndexer } from '../../../../r4/search/index/resource-indexer.js';
import {
  type Change,
  type ChangeFailure,
  type Content,
  type Create,
  type Delete,
  type Edit,
  refuseFailures,
  type Update,
} from '../change.js';
import { tenant } from '../../session/tenant-parameter.js';
import { tableOf } from '../../partitions.js';
import { grantsPredicate } from '../../predicates/predicate.js';
import type { SqlSession } from '../../session/sql-session.js';
import { BindParameters, type Statement } from '../../session/statement.js';
import type { PlannedChange } from '../next-version.js';
import { type BrokenLink, ReferencesNotFound, StillReferenced } from './reference-errors.js';
import { keyOf } from '../resource-key.js';
import { referenceEntry } from '../../../../r4/search/index/index-references.js';
import { storedHashes } from '../../indexing/stored-hashes.js';

/** Content that a change has left, with its new version. */
export interface WrittenContent {
  /** Position in the changes handed to `write`. */
  readonly index: number;
  readonly change: Pick<Create | Update | Edit, 'access' | 'type' | 'id'> & Content;
  readonly versionId: number;
}

/**
 * Setting REFERENTIAL_INTEGRITY: every local reference of what was written names a live resource, as all changes left it,
 * that the caller may be told of. Targets stay locked against deletion until the end of the transaction, unless `lock` says
 * otherwise. One statement.
 */
export async function checkReferences(
  session: SqlSession,
  indexer: ResourceIndexer,
  contents: readonly WrittenContent[],
  lock: 'FOR KEY SHARE OF r' | '' = 'FOR KEY SHARE OF r',
): Promise<void> {
  const written = new Map(contents.map(({ change, versionId }) => [keyOf(change), versionId]));
  const questions = new Questions();
  const asked = contents.map(({ index, change }) => {
    const links = localReferences(change.resource, indexer.settings.base).filter(
      ({ target }) => !isOf(written, target),
    );
    return { index, links: links.map((link) => ({ link, question: questions.add(change, link) })) };
  });
  const found = await findTargets(session, questions.all, lock);
  const failures: ChangeFailure[] = [];
  for (const { index, links } of asked) {
    const [first, ...more] = links.flatMap(({ link, question }) => brokenLink(link, question, found));
    if (first) failures.push({ index, error: new ReferencesNotFound([first, ...more]) });
  }
  refuseFailures(failures);
}

/** Targets of one type, to be looked for among the rows of some grants. */
interface Question {
  readonly number: number;
  readonly type: string;
  readonly grants: readonly Grant[];
  readonly ids: Set<string>;
}

/** One question for each target type and reach, however many references and accesses there are. */
class Questions {
  private readonly byText = new Map<string, Question>();
  private readonly byAccess = new Map<Change['access'], Map<string, Question>>();

  get all(): readonly Question[] {
    return [...this.byText.values()];
  }

  add({ access }: Pick<Change, 'access'>, { target: { type, id } }: LocalLink): Question {
    let ofAccess = this.byAccess.get(access);
    if (!ofAccess) this.byAccess.set(access, (ofAccess = new Map()));
    let question = ofAccess.get(type);
    if (!question) ofAccess.set(type, (question = this.about(type, access.grantsToKnow(type))));
    question.ids.add(id);
    return question;
  }

  private about(type: string, grants: readonly Grant[]): Question {
    const text = `${type} ${grantsKey(grants)}`;
    let question = this.byText.get(text);
    if (!question) this.byText.set(text, (question = { number: this.byText.size, type, grants, ids: new Set() }));
    return question;
  }
}

type Found = ReadonlyMap<string, number>;

const foundKey = (question: number, id: string): string => `${question} ${id}`;

/** The current versions of the targets that are there, by {@link foundKey}. */
async function findTargets(session: SqlSession, questions: readonly Question[], lock: string): Promise<Found> {
  const open = questions.filter(({ grants }) => grants.length > 0);
  if (open.length === 0) return new Map();
  const rows = await session.rows<{ question: number; id: string; version: number }>(targetStatement(open, lock));
  return new Map(rows.map(({ question, id, version }) => [foundKey(question, id), version]));
}

/** In the order of types and ids, as all locks are taken. */
function targetStatement(questions: readonly Question[], lock: string): Statement {
  const parameters = new BindParameters();
  const branches = questions
    .toSorted((one, other) => (one.type < other.type ? -1 : 1))
    .map(({ number, type, grants, ids }) => {
      const named = parameters.add([...ids], 'text[]');
      return (
        `(SELECT ${number} AS question, r.id, r.version FROM ${tableOf(type)} AS r WHERE r.tenant = ${tenant} ` +
        `AND r.type = ${parameters.add(type, 'text')} AND r.id = ANY (${named}) AND NOT r.deleted ` +
        `AND ${grantsPredicate(grants, 'r', parameters)} ORDER BY r.id ${lock})`
      );
    });
  const text = branches.map((branch, i) => `SELECT * FROM ${branch} AS target_${i}`).join(' UNION ALL ');
  return { text, values: parameters.values };
}

function brokenLink(link: LocalLink, { number, grants }: Question, found: Found): readonly BrokenLink[] {
  const version = found.get(foundKey(number, link.target.id));
  const isThere = version !== undefined && hasVersion(version, link.target);
  return isThere ? [] : [{ ...link, knowsType: grants.length > 0 }];
}

const isOf = (written: ReadonlyMap<string, number>, target: LocalReference): boolean =>
  hasVersion(written.get(keyOf(target)) ?? 0, target);

/** Versions are counted from 1 and never taken away. */
const hasVersion = (current: number, { versionId }: LocalReference): boolean =>
  versionId === undefined ? current > 0 : /^[1-9]\d{0,8}$/.test(versionId) && Number(versionId) <= current;

/** Setting REFERENTIAL_INTEGRITY: nothing that is left refers to what was deleted. One statement. */
export async function checkReferrers(
  session: SqlSession,
  deletes: readonly Pick<PlannedChange<Delete>, 'index' | 'change'>[],
): Promise<void> {
  if (deletes.length === 0) return;
  const entries = deletes.map(({ change }) => referenceEntry(change));
  const rows = await session.rows<{ entry: string }>(referredStatement(entries));
  const referred = new Set(rows.map(({ entry }) => entry));
  const refused = deletes.filter((_plan, i) => referred.has(entries[i]!));
  refuseFailures(refused.map(({ index, change: { type, id } }) => ({ index, error: new StillReferenced(type, id) })));
}

/**
 * Selects the entries that a live row of any type holds. A plain EXISTS would be planned for a quick hit and read
 * whole tables where there is none; a materialized query is planned in full, by index, and still stops at the first
 * row. An AuditEvent tells of the past; it holds nothing back.
 */
function referredStatement(entries: readonly string[]): Statement {
  const parameters = new BindParameters();
  const sought = parameters.add(entries, 'text[]');
  const hashes = parameters.add(storedHashes(entries), 'bigint[]');
  const text =
    `SELECT gone.entry FROM unnest(${sought}, ${hashes}) AS gone (entry, hash) WHERE EXISTS (` +
    `WITH referrer AS MATERIALIZED (SELECT FROM resource AS r WHERE r.tenant = ${tenant} AND r.type <> 'AuditEvent' AND NOT r.deleted ` +
    `AND r.tok @> ARRAY[gone.hash] AND r.val @> ARRAY[gone.entry]) SELECT FROM referrer)`;
  return { text, values: parameters.values };
}
