import { type SqlToken, sqlTokens } from './sql-tokens.js';

/** A place of a statement that names a table to read. */
export interface TablePlace {
  /** As PostgreSQL folds it. */
  readonly table: string;
  readonly start: number;
  readonly end: number;
  /** True if the statement calls the table otherwise from here on. */
  readonly hasAlias: boolean;
}

/** The state of reading within one pair of brackets. */
interface Level {
  /** A SELECT has begun, so that FROM does not belong to a function, such as `extract(epoch FROM …)`. */
  selects: boolean;
  /** Between FROM and what follows the list of tables. */
  lists: boolean;
  /** A table may come next. */
  expects: boolean;
}

const opening = new Set(['(', '[']);
const closing = new Set([')', ']']);
/** Key words after which no table of the list comes any more. */
const endsList = new Set(
  'where group order having limit offset fetch for window union intersect except returning values'.split(' '),
);
/** Key words that follow a table without being another name of it. */
const followsTable = new Set([
  ...endsList,
  ...'join left right inner full cross natural on using tablesample set'.split(' '),
]);
const changes = new Set(['insert', 'update', 'delete', 'merge', 'share', 'into']);

/**
 * The places at which a statement names tables to read, in their order; a name that it gives a WITH query is none. Undefined for a statement that may
 * change or lock something, and for one that is not understood.
 */
export function tablesNamed(text: string): readonly TablePlace[] | undefined {
  const tokens = sqlTokens(text);
  const first = tokens?.find(({ text: sign }) => sign !== '(');
  if (!tokens || !first || !(isWord(first, 'select') || isWord(first, 'with'))) return undefined;
  if (tokens.some((token) => token.kind === 'word' && changes.has(token.text))) return undefined;
  const queries = namesOfQueries(tokens);
  return new Reading(tokens).places().filter(({ table }) => !queries.has(table));
}

const isWord = (token: SqlToken | undefined, text: string): boolean => token?.kind === 'word' && token.text === text;

const isSign = (token: SqlToken | undefined, text: string): boolean => token?.kind === 'other' && token.text === text;

/** Names before `AS (`, with or without columns in brackets: of WITH queries, and of some that are no harm. */
function namesOfQueries(tokens: readonly SqlToken[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [i, token] of tokens.entries()) {
    if (!isWord(token, 'as') || !beginsQuery(tokens[i + 1])) continue;
    const name = tokens[isSign(tokens[i - 1], ')') ? openingBefore(tokens, i) - 1 : i - 1];
    if (name) names.add(name.text);
  }
  return names;
}

const beginsQuery = (token: SqlToken | undefined): boolean =>
  isSign(token, '(') || isWord(token, 'not') || isWord(token, 'materialized');

function openingBefore(tokens: readonly SqlToken[], i: number): number {
  let at = i;
  while (at > 0 && !isSign(tokens[at], '(')) at--;
  return at;
}

class Reading {
  private readonly found: TablePlace[] = [];
  private level: Level = { selects: false, lists: false, expects: false };
  private readonly outer: Level[] = [];

  constructor(private readonly tokens: readonly SqlToken[]) {}

  places(): readonly TablePlace[] {
    for (const [i, token] of this.tokens.entries()) {
      if (token.kind === 'other') this.sign(token.text);
      else if (!this.isCalledSo(i) && (token.kind === 'name' || !this.keyWord(token.text, i))) this.name(token, i);
    }
    return this.found;
  }

  /** Of a column after a dot, and after AS, any word is a name. */
  private isCalledSo(i: number): boolean {
    const before = this.tokens[i - 1];
    return isSign(before, '.') || isWord(before, 'as');
  }

  private sign(text: string): void {
    const { level } = this;
    if (opening.has(text)) {
      this.outer.push(level);
      // Brackets after FROM or JOIN hold a query or more tables.
      const holdsTables = text === '(' && level.expects;
      this.level = { selects: false, lists: holdsTables, expects: holdsTables };
      level.expects = false;
    } else if (closing.has(text)) this.level = this.outer.pop() ?? level;
    else level.expects = text === ',' && level.lists;
  }

  /** False for a word that is a name here. */
  private keyWord(word: string, i: number): boolean {
    const { level } = this;
    if (word === 'select') this.level = { selects: true, lists: false, expects: false };
    else if (this.beginsTable(word, i)) level.lists = level.expects = true;
    else if (endsList.has(word) || (word === 'with' && level.expects)) level.lists = level.expects = false;
    else return word === 'lateral' || word === 'only';
    return true;
  }

  private beginsTable(word: string, i: number): boolean {
    const { lists, selects } = this.level;
    return word === 'join' ? lists : word === 'from' && selects && !this.comparesAt(i);
  }

  /** `IS [NOT] DISTINCT FROM`. */
  private comparesAt(i: number): boolean {
    const { tokens } = this;
    return isWord(tokens[i - 1], 'distinct') && (isWord(tokens[i - 2], 'is') || isWord(tokens[i - 2], 'not'));
  }

  private name({ text: table, start, end }: SqlToken, i: number): void {
    const { level, tokens } = this;
    if (!level.expects) return;
    level.expects = false;
    const next = tokens[i + 1];
    // A function, or a schema before a name.
    if (isSign(next, '(') || isSign(next, '.')) return;
    const hasAlias = next?.kind === 'name' || (next?.kind === 'word' && !followsTable.has(next.text));
    this.found.push({ table, start, end, hasAlias });
  }
}
