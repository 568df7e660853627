import { expect } from 'vitest';
import { shareOf } from '../support/full.js';
import { aBundle, putting } from '../support/resources.js';
import { idsOf, type Limit } from './limit.js';
import { record } from './record.js';
import type { Session } from './session.js';
import { canMove, hiddenIds, visibleIds } from './world.js';

/** A test of what the caller sees and may write, on both sides of the limit; `pair` is the caller in each world. */
type Side = (limit: Limit, pair: readonly Session[]) => Promise<void>;

/** Few limits have what this test needs. */
const ofFew = "takes nothing that is somebody else's to write";

/** Limits of which a test says something; all where its name is not here. */
const saysOf: Readonly<Record<string, (limit: Limit) => boolean>> = {
  'says of whatever is not found what lies within reach, in the same words': (limit) =>
    limit.may.includes('r') && hiddenIds(limit).length > 0,
  'takes nothing that would lie outside': (limit) => canMove(limit) && !limit.takesOutside,
  [ofFew]: ({ foreign }) => foreign !== undefined,
};

const sides: Readonly<Record<string, Side>> = {
  async 'lets the caller see what is theirs'(limit, pair) {
    const { type, may } = limit;
    for (const id of visibleIds(limit)) {
      const [read, found] = await record(async (session) => {
        await session.get(`${type}/${id}`);
        await session.get(`${type}?_id=${id}`);
      }, pair);
      expect(/\n200\n.*"language":"own/s.test(read!), read).toBe(may.includes('r'));
      expect(/\n200\n.*"language":"own/s.test(found!), found).toBe(may.includes('s'));
    }
  },

  async 'refuses at once what no scope permits'(limit, pair) {
    const { type, may } = limit;
    const [read, found] = await record(async (session) => {
      await session.get(`${type}/nobody-knows`);
      await session.get(type);
    }, pair);
    expect(/\n200\n/.test(found!)).toBe(may.includes('s'));
    if (!may.includes('s')) expect(found).toContain('\n403\n');
    if (!may.includes('r')) expect(read).toContain('\n403\n');
  },

  async 'says of whatever is not found what lies within reach, in the same words'(limit, pair) {
    const { type } = limit;
    const ask = async (id: string) =>
      (await record((session) => session.get(`${type}/${id}`).then(() => undefined), pair))[0]!.replaceAll(id, 'ID');
    const unknown = await ask('nobody-knows');
    const said = /\n404\n.*"severity":"information".*this token can read: .+ is answered as if it did not exist/s;
    // Another patient than that of the token is refused before anything is looked up.
    if (!unknown.includes('\n403\n')) expect(said.test(unknown), unknown).toBe(limit.namesNoLimit !== true);
    for (const id of hiddenIds(limit)) expect(await ask(id), id).toBe(unknown);
  },

  async 'gives content back only to who may read it'(limit, pair) {
    const { type, may, own } = limit;
    const [answer] = await record(async (session) => {
      const headers = { prefer: 'return=representation' };
      await session.call('POST', type, { body: own('ignored')[0], headers });
    }, pair);
    const isCreated = /\n201\n/.test(answer!);
    expect(answer!.includes('"resourceType":"OperationOutcome"')).toBe(!isCreated);
    if (!may.includes('c')) expect(isCreated).toBe(false);
    // What may not be given back is not refused after it was written.
    else if (!may.includes('r')) expect(isCreated, answer).toBe(true);
    if (!isCreated) return;
    expect(answer!.includes(`"resourceType":"${type}"`), answer).toBe(may.includes('r'));
  },

  async 'takes nothing that would lie outside'(limit, pair) {
    const { type, hidden } = limit;
    const [first] = idsOf(limit);
    const answers = await record(async (session) => {
      for (const outside of Object.values(hidden)) {
        await session.post(type, outside('ignored')[0]);
        await session.call('PUT', `${type}/${first}`, { body: outside(first!)[0] });
      }
    }, pair);
    expect(answers.filter((answer) => /\n20[01]\n/.test(answer))).toEqual([]);
  },

  async [ofFew](limit, pair) {
    const { type, foreign = {} } = limit;
    const [first] = idsOf(limit);
    const answers = await record(async (session) => {
      for (const [kind, make] of Object.entries(foreign)) {
        await session.post(type, make('ignored')[0]);
        await session.call('PUT', `${type}/${first}`, { body: make(first!)[0] });
        await session.post('', aBundle('batch', putting(make(first!)[0])));
        // What is there already: seen, and as good as absent to who would write it.
        await session.call('PUT', `${type}/${kind}-there`, { body: limit.own(`${kind}-there`)[0] });
        await session.call('DELETE', `${type}/${kind}-there`);
        await session.get(`${type}/${kind}-there`);
      }
    }, pair);
    for (const answer of answers)
      expect(/\n20\d\n/.test(answer), answer).toBe(/^(?:GET|POST) (?:\w+\/.*-there)?\n/.test(answer));
    expect(answers.some((answer) => /"status":"20/.test(answer))).toBe(false);
  },
};

/** The tests of a limit by name; in `npm test` one of those that most have. `row`: number of the limit in its matrix. */
export function sidesOf(limit: Limit, row: number): readonly (readonly [name: string, side: Side])[] {
  const all = Object.entries(sides).filter(([name]) => saysOf[name]?.(limit) ?? true);
  const usual = all.filter(([name]) => name !== ofFew);
  return [...shareOf(usual, usual.length, row), ...all.filter(([name]) => name === ofFew)];
}
