import type { MessageKey } from '../../messages/messages.js';

const parts = ['database', 'migrations', 'keys', 'issuers', 'index', 'standbys'] as const;
type Part = (typeof parts)[number];
const states = ['ok', 'up', 'degraded', 'down', 'unavailable', 'draining'] as const;

/** An answer of `/health/ready`: a word for each part. */
export type Readiness = Readonly<Record<string, string>>;

export interface PartState {
  readonly name: string;
  /** Absent: a part of an extension, which says itself what it is. */
  readonly meaning?: MessageKey;
  readonly state: string;
}

/** The parts in their order; not the whole, nor how much is indexed. */
export const partsOf = (readiness: Readiness): readonly PartState[] =>
  Object.entries(readiness)
    .filter(([name]) => name !== 'status' && name !== 'indexed')
    .map(([name, state]) => ({ name, state, ...(isPart(name) && { meaning: `health.part.${name}` as const }) }));

const isPart = (name: string): name is Part => (parts as readonly string[]).includes(name);

/** The word for a state; undefined for one that this console does not know. */
export const stateKey = (state: string): MessageKey | undefined =>
  (states as readonly string[]).includes(state) ? (`health.state.${state}` as MessageKey) : undefined;

/** Dark enough for white text. */
export const colourOf = (state: string): string =>
  state === 'ok' || state === 'up' ? '#1f6b2e' : state === 'degraded' || state === 'draining' ? '#a33f00' : '#b02525';

/** True for an answer of `/health/ready`, whatever its status. */
export const isReadiness = (value: unknown): value is Readiness =>
  typeof value === 'object' && value !== null && typeof (value as Readiness)['status'] === 'string';
