import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import pg from 'pg';
import { freePort } from '../support/free-port.js';
import { connectionTo } from './database-pair.js';
import { databaseAccount, Program } from './programs.js';

/** pgbouncer in transaction mode before a PostgreSQL that may change. */
export class Pooler {
  private constructor(
    readonly port: number,
    private readonly file: string,
    private readonly program: Program,
  ) {}

  static async start(folder: string, databasePort: number): Promise<Pooler> {
    const port = await freePort();
    const file = join(folder, 'pgbouncer.ini');
    writeFileSync(file, poolerSettings(port, databasePort), { mode: 0o644 });
    const pooler = new Pooler(port, file, Program.start('/usr/sbin/pgbouncer', [file], databaseAccount()));
    await vi.waitFor(() => pooler.answers(), { timeout: 20_000, interval: 100 });
    return pooler;
  }

  get url(): string {
    return `postgres://lanyard@127.0.0.1:${this.port}/lanyard`;
  }

  /** What an operator or a failover manager does: another database behind the same address. */
  pointTo(databasePort: number): void {
    writeFileSync(this.file, poolerSettings(this.port, databasePort));
    this.program.signal('SIGHUP');
  }

  stop(): Promise<void> {
    return this.program.end('SIGINT');
  }

  private async answers(): Promise<void> {
    const client = new pg.Client(connectionTo(this.port));
    client.on('error', () => undefined);
    await client.connect();
    await client.query('SELECT 1');
    await client.end();
  }
}

const poolerSettings = (port: number, databasePort: number): string => `[databases]
lanyard = host=127.0.0.1 port=${databasePort} user=lanyard
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 20
max_client_conn = 200
max_prepared_statements = 200
server_login_retry = 1
server_fast_close = 1
query_wait_timeout = 20
`;

/** haproxy before several servers, asking each whether it is ready. */
export class Balancer {
  private constructor(
    readonly port: number,
    private readonly program: Program,
  ) {}

  static async start(folder: string, port: number, servers: readonly number[]): Promise<Balancer> {
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, balancerSettings(port, servers));
    return new Balancer(port, Program.start('/usr/sbin/haproxy', ['-f', file, '-db']));
  }

  stop(): Promise<void> {
    return this.program.end('SIGTERM');
  }
}

const balancerSettings = (port: number, servers: readonly number[]): string => `defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout check 5s
  option redispatch
  retries 3
frontend fhir
  bind 127.0.0.1:${port}
  default_backend lanyard
backend lanyard
  balance roundrobin
  option httpchk GET /health/ready
  http-check expect status 200
  default-server check inter 200ms fall 1 rise 1
${servers.map((server, i) => `  server s${i} 127.0.0.1:${server}`).join('\n')}
`;
