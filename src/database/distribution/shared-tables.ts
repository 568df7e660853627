/**
 * Tables whose rows are of no tenant, or have it in their name (`server_secret`). Each node of a distributed database has a copy of
 * them; every other table has a column `tenant` that leads its keys, and lies where the tenant lies (docs/adr/0069).
 */
export const sharedTables: readonly string[] = ['extension_parameter', 'migration', 'server_secret', 'tenant'];

/** Functions that read tables although a statement on a shard may call them, by name: what they read is of the same tenant. */
export const readingFunctions: readonly string[] = ['lanyard_consent_actors', 'lanyard_resource'];

/** All others are distributed to lie beside this one. */
export const firstTable = 'resource';
