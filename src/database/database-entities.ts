import { ServerSecretEntity } from './server-secret.entity.js';

/** For the `entities` of the DataSource. */
export const databaseEntities = [ServerSecretEntity] as const;
