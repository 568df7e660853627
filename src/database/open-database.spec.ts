import { describe, expect, it } from 'vitest';
import { describeDatabase } from './open-database.js';

describe('describeDatabase', () => {
  it.each([
    ['postgres://ada:s3cret@db.example:5433/clinic', 'the database "clinic" at db.example:5433'],
    ['postgresql://db.example/clinic?sslmode=require', 'the database "clinic" at db.example'],
    ['postgres:///clinic', 'the database "clinic" at localhost'],
    ['postgres://ada@/clinic?host=/run/postgresql', 'the database "clinic" at /run/postgresql'],
    ['postgres://ada:s3cret@db.example/two%20words', 'the database "two words" at db.example'],
  ])('tells host and database of %s, and no password', (url, expected) => {
    expect(describeDatabase(url)).toBe(expected);
  });

  it('describes a connection over a socket', () => {
    expect(describeDatabase({ host: '/run/x', database: 'lanyard', password: 's3cret' })).toBe(
      'the database "lanyard" at /run/x',
    );
  });
});
