import type { DataSource } from 'typeorm';
import { FormerAdministratorRepository } from '../../auth/storage/former-administrator.repository.js';
import { UserAccountEntity } from '../../auth/storage/user-account.entity.js';
import { UserAccountRepository } from '../../auth/storage/user-account.repository.js';
import { poolOf } from '../../database/pool-of.js';
import type { PeopleFacts } from '../../doctor/examine.js';
import { mostExempt } from '../../doctor/exempt.js';
import { SqlSession } from '../../fhir/storage/session/sql-session.js';

export const peopleIn = async (dataSource: DataSource): Promise<PeopleFacts> => ({
  administration: await new FormerAdministratorRepository(dataSource).facts(),
  exempt: await new UserAccountRepository(dataSource.getRepository(UserAccountEntity)).exempt(mostExempt),
});

/** Its statements take 20 s at most. */
export const sessionOf = (dataSource: DataSource): SqlSession =>
  new SqlSession(poolOf(dataSource), { statementTimeout: 20 });
