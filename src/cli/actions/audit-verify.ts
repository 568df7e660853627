import { withApp } from '../../app/start/offline.js';
import type { ChainEnd } from '../../audit/audit-chain.js';
import { verifyChain } from '../../fhir/storage/audit/verify-chain.js';
import { SqlSession } from '../../fhir/storage/session/sql-session.js';
import { CommandFailed, wrongUsage } from '../command-failed.js';
import { openSetup } from '../open-server.js';
import { print, remark } from '../terminal.js';

export interface VerifyOptions {
  readonly noted?: string;
}

export async function verifyAudit({ noted }: VerifyOptions): Promise<void> {
  const note = noted === undefined ? undefined : readNote(noted);
  await withApp(await openSetup(), remark, async (app) => {
    const { checked, end, erased, unsealed, fault } = await verifyChain(app.get(SqlSession).unlimited, note);
    if (erased > 0) print(`${erased} AuditEvents were erased after their time.`);
    if (unsealed > 0) print(`${unsealed} records wait to be sealed.`);
    if (fault !== undefined) {
      throw new CommandFailed([`${fault} The ${checked} AuditEvents before it are as they were sealed.`]);
    }
    print(`${checked} AuditEvents are as they were sealed.`);
    print(`${end.position}:${end.hash.toString('hex')}`);
  });
}

function readNote(text: string): ChainEnd {
  const [, position, hash] = /^(\d{1,15}):((?:[0-9a-f]{2})*)$/.exec(text) ?? [];
  if (position === undefined || hash === undefined)
    throw wrongUsage('--noted is the last line of an earlier run: 1042:9f2c…');
  return { position: Number(position), hash: Buffer.from(hash, 'hex') };
}
