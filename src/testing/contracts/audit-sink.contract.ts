import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { AuditSink, SunkEvent } from '../../fhir/storage/audit/delivery/audit-sink.js';
import type { ContractTools } from './contract-tools.js';

/** A sink to try, and what arrived at its other end. */
export interface AuditSinkUnderTest {
  readonly sink: AuditSink;
  /** The ids of the AuditEvents that arrived, in their order; waits until as many are there, or a second. */
  readonly arrived: (many: number) => Promise<readonly string[]>;
  /** Makes the other end refuse or be away from now on. */
  readonly breakOff: () => Promise<void>;
}

/** Contract of every {@link AuditSink}; run it from a test file with your own sink. */
export function auditSinkContract({ describe, it }: ContractTools, make: () => Promise<AuditSinkUnderTest>): void {
  describe('contract of a sink of AuditEvents', () => {
    it('delivers all events of a call, in their order', async () => {
      const { sink, arrived } = await make();
      const events = eventsFrom(1, 100);
      await sink.send(events);
      assert.deepEqual(await arrived(100), idsOf(events));
    });

    it('delivers what is long, and what has line breaks and characters of any kind', async () => {
      const { sink, arrived } = await make();
      const texts = ['x'.repeat(30_000), 'a\nb\r\nc', '\u0000\u0007', '漢字 🩺 é', '"\\<>&]', '<13>1 - - - - - -'];
      const events = texts.map((text, index) => eventOf(index + 1, text));
      await sink.send(events);
      assert.deepEqual(await arrived(events.length), idsOf(events));
    });

    it('delivers call after call', async () => {
      const { sink, arrived } = await make();
      const [one, two] = [eventsFrom(1, 10), eventsFrom(11, 10)];
      await sink.send(one);
      await sink.send(two);
      assert.deepEqual(await arrived(20), idsOf([...one, ...two]));
    });

    it('rejects when the other end is away, so that the events come again', async () => {
      const { sink, breakOff } = await make();
      await sink.send(eventsFrom(1, 1));
      await breakOff();
      // Bytes written to a connection that was just cut may be lost without an error, but not for long.
      await assert.rejects(async () => {
        for (let call = 0; call < 20; call++) await sink.send(eventsFrom(2 + call, 1));
      });
    });
  });
}

const idsOf = (events: readonly SunkEvent[]): readonly string[] => events.map(({ id }) => id);

const eventsFrom = (position: number, many: number): readonly SunkEvent[] =>
  Array.from({ length: many }, (_, index) => eventOf(position + index, 'plain'));

function eventOf(position: number, text: string): SunkEvent {
  const [id, recorded] = [randomUUID(), new Date().toISOString()];
  const body = JSON.stringify({ resourceType: 'AuditEvent', id, recorded, outcomeDesc: text });
  return { position, id, recorded, body };
}
