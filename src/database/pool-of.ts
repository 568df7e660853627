import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** The pool that TypeORM has made, which it does not show by a type. */
export const poolOf = ({ driver }: DataSource): Pool => (driver as unknown as { readonly master: Pool }).master;
