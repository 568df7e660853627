import { ServerSecret1700000001000 } from './1700000001000-server-secret.js';

/** Oldest first; a new migration is one line here. */
export const databaseMigrations = [ServerSecret1700000001000];
