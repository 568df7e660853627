import { TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';

/** Why a job that is not done is not worked at. */
export interface JobDelay {
  /** Jobs that a free server takes before it; null while a server has it, or it is put off. */
  readonly before: number | null;
  /** Seconds until a job that was put off is tried again; null for others. */
  readonly retryIn: number | null;
}

export interface ToldJob extends JobDelay {
  readonly state: 'waiting' | 'running' | 'done';
  readonly progress: string | null;
}

const longest = 100;

/** Progress in words: what the job says, or why it waits. ASCII, for the header X-Progress. */
export function progressOf({ state, progress, before, retryIn }: ToldJob): string {
  if (retryIn !== null) return `${progress ?? 'put off'}; tried again in ${retryIn} s`;
  if (before === null) return progress ?? (state === 'waiting' ? 'waiting' : 'under way');
  const waiting = state === 'running' ? 'its server is gone, waiting for another one' : 'waiting for a free server';
  return `${waiting}, ${before === 0 ? 'next in line' : `${before} before it`}`;
}

/** Reason why a job is put off, as its progress until it is tried again. */
export const putOff = ({ issues: [first] }: TemporarilyUnavailable): string =>
  ascii(`put off: ${first?.diagnostics?.split(/\.(?:\s|$)/)[0] ?? 'what it needs is away'}`);

/** Text that may stand in the header: 100 characters of ASCII. */
export const ascii = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, longest);
