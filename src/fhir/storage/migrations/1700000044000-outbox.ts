import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Events of commits for hooks of extensions (docs/adr/0063-an-outbox-for-what-follows-a-commit.md). A row is of one listener
 * and one version, so that its key orders the events of a resource and needs no sequence.
 */
export class Outbox1700000044000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox_event (
        tenant integer NOT NULL,
        listener text COLLATE "C" NOT NULL,
        type text COLLATE "C" NOT NULL,
        id text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        interaction text NOT NULL,
        happened timestamptz(3) NOT NULL DEFAULT now(),
        tried_since timestamptz(3) NOT NULL DEFAULT now(),
        due timestamptz(3) NOT NULL DEFAULT now(),
        attempts integer NOT NULL DEFAULT 0,
        claim text,
        claimed_until timestamptz(3),
        dead boolean NOT NULL DEFAULT false,
        error text,
        PRIMARY KEY (tenant, listener, type, id, version)
      )`);
    // Listeners look for what is due; dead events are few, and looked for by people.
    await runner.query('CREATE INDEX outbox_event_due ON outbox_event (tenant, listener, due) WHERE NOT dead');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox_event');
  }
}
