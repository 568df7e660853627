import { partSize } from '../../src/fhir/storage/binary/binary-parts.js';
import type { Path } from './path.js';
import type { Session } from './session.js';

const asContent = { accept: '*/*' };
const large = 'x'.repeat(partSize + 1);

const readContent: Path = {
  name: 'content of a Binary, whole and in parts',
  covers: ['read', 'vread'],
  async byId(session, id) {
    if (session.limit.type !== 'Binary') return;
    for (const address of [`Binary/${id}`, `Binary/${id}/_history/1`, `Binary/${id}/_history/2`]) {
      await session.get(address, asContent);
      await session.call('HEAD', address, { headers: asContent });
      for (const range of ['bytes=0-1', 'bytes=-1', 'bytes=9999-', 'bytes=0-0,2-3'])
        await session.get(address, { ...asContent, range });
      await session.get(address, { ...asContent, range: 'bytes=0-1', 'if-range': 'Mon, 01 Jan 2024 00:00:00 GMT' });
      await session.get(address, { ...asContent, 'if-none-match': '*' });
      await session.get(address, { accept: 'image/png' });
    }
  },
};

const replaceContent: Path = {
  name: 'content of a Binary, replaced',
  covers: ['update'],
  async byId(session, id) {
    if (session.limit.type !== 'Binary') return;
    for (const context of [{}, { 'x-security-context': 'Patient/p1' }, { 'x-security-context': 'Patient/p2' }]) {
      for (const body of ['small', large]) await put(session, id, body, context);
      await put(session, id, 'small', { ...context, 'if-match': 'W/"77"' });
    }
    await session.get(`Binary/${id}`, asContent);
  },
};

const put = (session: Session, id: string, body: string, headers: Readonly<Record<string, string>>) =>
  session.call('PUT', `Binary/${id}`, { body, headers: { 'content-type': 'image/png', ...headers } });

const createContent: Path = {
  name: 'content of a Binary, created inside and outside',
  covers: ['create'],
  alike: true,
  async byId(session, id) {
    if (session.limit.type !== 'Binary') return;
    for (const context of ['Patient/p1', 'Patient/p2', `Binary/${id}`, `Observation/${id}`]) {
      const headers = { 'content-type': 'image/png', 'x-security-context': context };
      const created = await session.call('POST', 'Binary', { body: 'content', headers });
      if (created.headers['location'] !== undefined) await session.get(created.headers['location'], asContent);
    }
  },
};

export const binaryPaths: readonly Path[] = [readContent, replaceContent, createContent];
