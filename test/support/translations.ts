import type { Answer } from './server.js';

/** Codes of the matches of a `$translate`, in their order. */
export const targetsOf = ({ body }: Answer): readonly string[] =>
  body.parameter
    .filter(({ name }: { name: string }) => name === 'match')
    .map(
      ({ part }: { part: readonly { name: string; valueCoding: { code: string } }[] }) =>
        part.find(({ name }) => name === 'concept')!.valueCoding.code,
    );
