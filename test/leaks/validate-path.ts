import type { JsonObject } from '../../src/r4/json/json.js';
import type { Path } from './path.js';

/** Parameters of a trial of a write. */
export const validating = (mode: string, resource?: JsonObject): JsonObject => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'mode', valueCode: mode }, ...(resource ? [{ name: 'resource', resource }] : [])],
});

export const validate: Path = {
  name: '$validate',
  covers: ['$validate'],
  alike: true,
  async byId(session, id) {
    const { type, own, hidden } = session.limit;
    const address = `${type}/${id}/$validate`;
    for (const query of ['', '?mode=delete', '?mode=update', '?profile=urn:x']) await session.get(address + query);
    await session.call('POST', address);
    for (const make of [own, ...Object.values(hidden).slice(0, 1)]) {
      const [resource] = make(id);
      await session.post(address, resource);
      for (const mode of ['create', 'update', 'delete']) await session.post(address, validating(mode, resource));
    }
    await session.post(address, validating('delete'));
    await session.get(`${type}/${id}`);
  },
  async whole(session) {
    await session.post(`${session.limit.type}/$validate`, session.limit.own('ignored')[0]);
  },
};
