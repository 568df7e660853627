import { tenant } from '../session/tenant-parameter.js';
import { historyTableOf, tableOf } from '../partitions.js';
import type { Statement } from '../session/statement.js';
import type { OutboxEvent } from './outbox-event.js';

/** Keys of the events of one resource for one listener, in the order of their versions. */
const ofResource = (one: string, other: string): string =>
  ['tenant', 'listener', 'type', 'id'].map((column) => `${one}.${column} = ${other}.${column}`).join(' AND ');

/** Adds events within the transaction of the write. One that waits behind another of its resource is due no sooner than that. */
export const appendStatement = (events: readonly Omit<OutboxEvent, 'attempt'>[]): Statement => ({
  isPrepared: true,
  text: `
    INSERT INTO outbox_event (tenant, listener, type, id, version, interaction, happened, due)
    SELECT new.tenant, new.listener, new.type, new.id, new.version, new.interaction, new.happened, greatest(now(), (
      SELECT max(waiting.due) FROM outbox_event AS waiting WHERE ${ofResource('waiting', 'new')} AND NOT waiting.dead))
    FROM (SELECT ${tenant} AS tenant, * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::text[],
      $6::timestamptz[]) AS event (listener, type, id, version, interaction, happened)) AS new`,
  values: [
    events.map(({ listener }) => listener),
    events.map(({ type }) => type),
    events.map(({ id }) => id),
    events.map(({ versionId }) => versionId),
    events.map(({ interaction }) => interaction),
    events.map(({ lastUpdated }) => lastUpdated),
  ],
});

const isoOf = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const columns = `event.listener, event.type, event.id, event.version AS "versionId", event.interaction,
  ${isoOf('event.happened')} AS "lastUpdated", event.attempts AS attempt`;

export interface Claiming {
  readonly listener: string;
  /** Mark of this claim, of no other. */
  readonly claim: string;
  readonly most: number;
  /** Milliseconds until another server may take the events over. */
  readonly lease: number;
}

/**
 * Takes the events that are due, the earliest first: of each resource the oldest version that is not delivered, so that their
 * order is kept. What another server has taken is passed over.
 */
export const claimStatement = ({ listener, claim, most, lease }: Claiming): Statement => ({
  isPrepared: true,
  text: `
    WITH next AS MATERIALIZED (
      SELECT waiting.listener, waiting.type, waiting.id, waiting.version, ${isoOf('waiting.happened')} AS iso
      FROM outbox_event AS waiting
      WHERE waiting.tenant = ${tenant} AND waiting.listener = $1::text AND NOT waiting.dead AND waiting.due <= now()
        AND (waiting.claimed_until IS NULL OR waiting.claimed_until < now())
        AND NOT EXISTS (
          SELECT FROM outbox_event AS earlier
          WHERE earlier.tenant = ${tenant} AND ${ofResource('earlier', 'waiting')} AND earlier.version < waiting.version AND NOT earlier.dead)
      ORDER BY waiting.due LIMIT $3::integer FOR UPDATE SKIP LOCKED)
    UPDATE outbox_event AS event SET claim = $2::text, attempts = attempts + 1,
      claimed_until = now() + $4::integer * interval '1 ms'
    FROM next
    WHERE event.tenant = ${tenant} AND event.listener = next.listener AND event.type = next.type AND event.id = next.id
      AND event.version = next.version
    RETURNING event.listener, event.type, event.id, event.version AS "versionId", event.interaction,
      next.iso AS "lastUpdated", event.attempts AS attempt`,
  values: [listener, claim, most, lease],
});

const claimed = `tenant = ${tenant} AND listener = $1::text AND type = $2::text AND id = $3::text AND version = $4::integer
  AND claim = $5::text`;

const keyOf = ({ listener, type, id, versionId }: OutboxEvent, claim: string): readonly (string | number)[] => [
  listener,
  type,
  id,
  versionId,
  claim,
];

/** The event is delivered; changes no row if another server has taken it over. */
export const deliveredStatement = (event: OutboxEvent, claim: string): Statement => ({
  isPrepared: true,
  text: `DELETE FROM outbox_event WHERE ${claimed}`,
  values: keyOf(event, claim),
});

export interface Failure {
  /** A message for operators. */
  readonly error: string;
  /** Milliseconds until the next attempt. */
  readonly delay: number;
  /** Milliseconds of attempts after which the event is a dead letter. */
  readonly triedFor: number;
}

/** The attempt failed; later events of the resource wait as long as this one, unless it is a dead letter by now. */
export const failedStatement = (event: OutboxEvent, claim: string, { error, delay, triedFor }: Failure): Statement => ({
  text: `
    WITH failed AS (
      UPDATE outbox_event SET claim = NULL, claimed_until = NULL, error = $6::text, due = now() + $7::integer * interval '1 ms',
        dead = tried_since + $8::integer * interval '1 ms' < now()
      WHERE ${claimed} RETURNING *)
    UPDATE outbox_event AS later SET due = failed.due FROM failed
    WHERE later.tenant = ${tenant} AND ${ofResource('later', 'failed')} AND later.version > failed.version AND later.due < failed.due AND NOT failed.dead`,
  values: [...keyOf(event, claim), error, delay, triedFor],
});

/** Content of the version; nothing for a deletion, and where the version is erased. */
export const contentStatement = ({ type, id, versionId }: OutboxEvent): Statement => ({
  isPrepared: true,
  text: `${contentIn(tableOf(type))} UNION ALL ${contentIn(historyTableOf(type))}`,
  values: [type, id, versionId],
});

const contentIn = (table: string): string =>
  `SELECT body FROM ${table} WHERE tenant = ${tenant} AND type = $1::text AND id = $2::text AND version = $3::integer AND NOT deleted`;

/** Numbers of waiting and of dead events, by listener. */
export const countStatement = (): Statement => ({
  text: `
    SELECT listener, count(*) FILTER (WHERE NOT dead)::integer AS waiting, count(*) FILTER (WHERE dead)::integer AS dead,
      coalesce(extract(epoch FROM now() - min(happened) FILTER (WHERE NOT dead)), 0)::float8 AS "oldestSeconds"
    FROM outbox_event WHERE tenant = ${tenant} GROUP BY listener ORDER BY listener`,
  values: [],
});

/**
 * Removes what a listener has beyond `limit` events, `most` at a time: dead letters first, then what waits, the oldest first; nothing that
 * is being delivered. Servers that do so at the same time choose the same rows: locks on them would make the second one take the next.
 */
export const trimStatement = (listener: string, limit: number, most: number): Statement => ({
  text: `
    WITH removed AS (
      DELETE FROM outbox_event AS event USING (
        SELECT tenant, listener, type, id, version FROM outbox_event
        WHERE tenant = ${tenant} AND listener = $1::text AND (claimed_until IS NULL OR claimed_until < now())
        ORDER BY dead DESC, happened, type, id, version
        LIMIT least($3::bigint, greatest(0, -$2::bigint + (
          SELECT count(*) FROM outbox_event WHERE tenant = ${tenant} AND listener = $1::text)))) AS excess
      WHERE ${ofResource('event', 'excess')} AND event.version = excess.version
      RETURNING event.dead, event.happened)
    SELECT count(*)::integer AS removed, (count(*) FILTER (WHERE NOT dead))::integer AS waited, ${isoOf('min(happened)')} AS first,
      ${isoOf('max(happened)')} AS last
    FROM removed`,
  values: [listener, limit, most],
});

/** Events of listeners and resources that somebody names; empty texts name all. */
export interface Chosen {
  readonly listener?: string;
  /** `Type/id`. */
  readonly resource?: string;
  /** Only dead letters. */
  readonly isDead?: boolean;
}

const chosen = `tenant = ${tenant} AND ($1::text = '' OR listener = $1::text) AND ($2::text = '' OR type || '/' || id = $2::text)
  AND (dead OR NOT $3::boolean)`;

const choice = ({ listener = '', resource = '', isDead = false }: Chosen): readonly (string | boolean)[] => [
  listener,
  resource,
  isDead,
];

export const listStatement = (which: Chosen, most: number): Statement => ({
  text: `
    SELECT ${columns}, ${isoOf('event.due')} AS due, dead AS "isDead", error FROM outbox_event AS event
    WHERE ${chosen} ORDER BY dead DESC, event.happened, listener, type, id, version LIMIT $4::integer`,
  values: [...choice(which), most],
});

/** Due at once, and tried as long as a new event. */
export const resendStatement = (which: Chosen): Statement => ({
  text: `
    UPDATE outbox_event SET dead = false, due = now(), tried_since = now(), attempts = 0
    WHERE ${chosen} AND (claimed_until IS NULL OR claimed_until < now())`,
  values: choice(which),
});

export const discardStatement = (which: Chosen): Statement => ({
  text: `DELETE FROM outbox_event WHERE ${chosen}`,
  values: choice(which),
});
