// Searches whose answers have to agree with each other, on patients of Synthea and the examples of R4: no second search is needed
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../support/full.js';
import { startServer, type TestServer } from '../support/server.js';
import { answerRelations } from './relations/answer-relations.js';
import { Content, isThere } from './relations/content.js';
import { Criteria } from './relations/criteria.js';
import { linkRelations } from './relations/link-relations.js';
import { Random } from '../support/random.js';
import { Different, NothingToAsk, type Relation } from './relations/relation.js';
import { Refused, Searches } from './relations/searches.js';
import { setRelations } from './relations/set-relations.js';

const relations: Readonly<Record<string, Relation>> = { ...setRelations, ...linkRelations, ...answerRelations };

/**
 * Each question has a seed of its own, and a failure tells it. They are the same each time, so that what fails is the change's fault; SEARCH_SEED and
 * SEARCH_QUESTIONS (of each relation) ask others.
 */
const first = Number(process.env['SEARCH_SEED'] ?? 1);
const questions = Number(process.env['SEARCH_QUESTIONS'] ?? 16);

describe.runIf(isThere && isFull)('searches agree (with ../shared/data, by npm run test:full)', () => {
  let server: TestServer;
  let searches: Searches;
  let content: Content;

  beforeAll(async () => {
    server = await startServer({ VALIDATION: 'structure', AUDIT: 'off' });
    // A machine: Consents among the data do not withhold anything from it.
    const token = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
    content = await Content.load(server, token, 12);
    searches = new Searches(server, token);
    await analyze();
  }, 600_000);
  afterAll(() => server?.close());

  /** What a server that is started does some seconds after a load (docs/adr/0085). */
  async function analyze(): Promise<void> {
    const client = new pg.Client(server.database.connection);
    await client.connect();
    await client.query('ANALYZE');
    await client.end();
  }

  async function ask(relation: Relation, seed: number): Promise<'asked' | 'nothing' | Error> {
    const random = new Random(seed);
    const criteria = new Criteria(content, random, searches.base);
    try {
      await relation({ content, random, criteria, searches });
      return 'asked';
    } catch (error) {
      return error instanceof NothingToAsk || error instanceof Refused ? 'nothing' : (error as Error);
    }
  }

  it.each(Object.entries(relations))('%s', { timeout: 3_600_000 }, async (name, relation) => {
    const different: string[] = [];
    let asked = 0;
    for (let seed = first; asked < questions && seed < first + questions * 40; seed++) {
      const outcome = await ask(relation, seed);
      if (outcome !== 'nothing') asked++;
      if (!(outcome instanceof Error)) continue;
      const text = outcome instanceof Different ? outcome.message : outcome.stack;
      different.push(`SEARCH_SEED=${seed} SEARCH_QUESTIONS=1 (${name}) ${text}`);
    }
    expect(different.slice(0, 5).join('\n')).toBe('');
    expect(asked).toBe(questions);
  });
});
