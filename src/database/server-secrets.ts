import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Random secrets that are made once and shared by every server of the database, such as the key that seals cursors. */
@Injectable()
export class ServerSecrets {
  constructor(private readonly dataSource: DataSource) {}

  /** The 32 bytes of this name. Of several servers that ask for a new one at once, all get the same. */
  async get(name: string): Promise<Buffer> {
    await this.dataSource.query(
      'insert into server_secret (name, value) values ($1, $2) on conflict (name) do nothing',
      [name, randomBytes(32)],
    );
    const [row] = await this.dataSource.query<{ value: Buffer }[]>('select value from server_secret where name = $1', [
      name,
    ]);
    if (row === undefined) throw new Error(`The secret ${name} was removed while it was read.`);
    return row.value;
  }
}
