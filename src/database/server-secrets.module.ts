import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { databaseEntities } from './database-entities.js';
import { ServerSecrets } from './server-secrets.js';

/** Secrets that all servers of a database share, over the application's `DataSource`. */
@Module({
  imports: [TypeOrmModule.forFeature([...databaseEntities])],
  providers: [ServerSecrets],
  exports: [ServerSecrets],
})
export class ServerSecretsModule {}
