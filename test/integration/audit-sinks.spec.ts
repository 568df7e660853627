// docs/adr/0065: sinks of AuditEvents, by one contract
import { randomBytes } from 'node:crypto';
import { afterEach, describe, it } from 'vitest';
import { auditSinkContract } from '../../src/testing/contracts/audit-sink.contract.js';
import { SyslogServer, SyslogSink } from '../support/syslog-sink.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** TLS by a shared key, so that the test needs no certificates. */
const psk = randomBytes(32);
const ciphers = 'PSK-AES256-GCM-SHA384';
const maxVersion = 'TLSv1.2';

auditSinkContract({ describe, it }, async () => {
  const server = await SyslogServer.start({ ciphers, maxVersion, pskCallback: () => psk });
  const sink = new SyslogSink({
    host: '127.0.0.1',
    port: server.port,
    ciphers,
    maxVersion,
    pskCallback: () => ({ psk, identity: 'lanyard' }),
    checkServerIdentity: () => undefined,
  });
  open.push(sink, server);
  return { sink, arrived: (many) => server.arrived(many), breakOff: () => server.close() };
});
