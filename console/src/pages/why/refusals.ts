import { named, type Parameters, textOf, textsOf } from '../../server/parameters.js';

/** A request that was refused. */
export interface PastRefusal {
  readonly time: string;
  readonly requestId?: string;
  /** Method and address. */
  readonly request?: string;
  readonly reasons: readonly string[];
  /** Every fact that was found, one on each line. */
  readonly facts: readonly string[];
}

/** The answer of `$my-refusals`, the newest first. */
export const readRefusals = ({ parameter }: Parameters): readonly PastRefusal[] =>
  named(parameter, 'refusal').map(({ part }) => {
    const [requestId, request] = [textOf(part, 'request-id'), textOf(part, 'request')];
    return {
      time: textOf(part, 'time') ?? '',
      ...(requestId !== undefined && { requestId }),
      ...(request !== undefined && { request }),
      reasons: textsOf(part, 'reason'),
      facts: (textOf(part, 'explanation') ?? '').split('\n').filter((line) => line.trim() !== ''),
    };
  });

/** Those of one X-Request-Id; all where none was given. */
export const refusalsWith = (refusals: readonly PastRefusal[], requestId: string): readonly PastRefusal[] =>
  requestId === '' ? refusals : refusals.filter((refusal) => refusal.requestId === requestId);
