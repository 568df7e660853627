import { type FindOperator, type InsertResult, Raw } from 'typeorm';

/** Times are compared and made by the clock of the database: those of servers differ. */
export const isAhead = (): FindOperator<Date> => Raw((column) => `${column} > statement_timestamp()`);

export const isPast = (): FindOperator<Date> => Raw((column) => `${column} < now()`);

/** Long enough ago that clocks and running transactions do not matter. */
export const isAnHourOld = (): FindOperator<Date> => Raw((column) => `${column} < now() - interval '1 hour'`);

/** Counted from the begin of the transaction. */
export const secondsFromNow =
  (seconds: number): (() => string) =>
  () =>
    `now() + make_interval(secs => ${seconds})`;

/** Counted from the statement, however long its transaction has waited. */
export const secondsFromThisMoment =
  (seconds: number): (() => string) =>
  () =>
    `statement_timestamp() + make_interval(secs => ${seconds})`;

/** Reads the expiry of an insert with `.returning('expires_at')`. */
export function expiryOf({ raw }: InsertResult): Date {
  const [row] = raw as readonly { readonly expires_at: Date }[];
  if (!row) throw new Error('INSERT … RETURNING returned no row');
  return row.expires_at;
}
