import type { Grant, Source } from '../../../scope/grant.js';
import type { BindParameters } from '../session/statement.js';

/** Compiles grants to a condition on another row. */
export type JudgeGrants = (grants: readonly Grant[], row: string) => string;

export interface SourcesJudged {
  readonly parameters: BindParameters;
  readonly judge: JudgeGrants;
  /** Only where new content is judged: the keys of all resources that the transaction writes. Of unread sources, these alone count. */
  readonly written?: readonly string[] | undefined;
}

/** The SQL condition that `row` is one of the sources. */
export function sourcesPredicate(
  sources: readonly Source[],
  row: string,
  { parameters, judge, written }: SourcesJudged,
): string {
  const conditions = sources.map(({ types, grants, isUnread }) => {
    const isOne = [`${row}.type = ANY (${parameters.share(types, 'text[]')})`];
    if (isUnread && written)
      isOne.push(`${row}.type || '/' || ${row}.id = ANY (${parameters.share(written, 'text[]')})`);
    if (grants) isOne.push(judge(grants, row));
    return isOne.length === 1 ? isOne[0]! : `(${isOne.join(' AND ')})`;
  });
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`;
}
