import type { FactoryProvider } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { CallerShares } from '../../../database/caller-shares.js';
import { poolOf } from '../../../database/pool-of.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { SqlSession } from './sql-session.js';

/** On TypeORM's pool. */
export const sqlSession: FactoryProvider = {
  provide: SqlSession,
  inject: [DataSource, FHIR_OPTIONS, CallerShares],
  useFactory: (dataSource: DataSource, limits: FhirOptions, shares: CallerShares) =>
    new SqlSession(poolOf(dataSource), limits, shares),
};

/** Shares of TypeORM's pool. */
export const callerShares: FactoryProvider = {
  provide: CallerShares,
  inject: [DataSource, FHIR_OPTIONS],
  useFactory: (dataSource: DataSource, { callerShare: share, databaseQueue: queue }: FhirOptions) => {
    const pool = poolOf(dataSource);
    const shares = sharesOf.get(pool) ?? new CallerShares({ pool: pool.options.max, share, queue });
    sharesOf.set(pool, shares);
    return shares;
  },
};

/** The servers of all tenants share one pool. */
const sharesOf = new WeakMap<Pool, CallerShares>();
