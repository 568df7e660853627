// One Fastify has the routes of all tenants; whose function answers is said by the request alone (docs/adr/0131)
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { OwnFastify } from './own-fastify.js';
import { SharedFastify } from './shared-fastify.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const read = ({ url = '/' }: IncomingMessage): string => url;
const shared = (): SharedFastify => new SharedFastify({ routerOptions: { ignoreTrailingSlash: true } });

interface Made {
  readonly own: OwnFastify;
  readonly seen: string[];
}

/** An application with a route, a route of a controller, hooks, a parser and handlers of errors, all of which say its name. */
function application(fastify: SharedFastify, name: string): Made {
  const own = new OwnFastify(fastify, read);
  const seen: string[] = [];
  const { instance } = own;
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('*', async (request: FastifyRequest) => `${name} read ${request.url}`);
  instance.addHook('onRequest', (request, _reply, done) => {
    seen.push(`${name} ${request.url}`);
    done();
  });
  instance.addHook('onSend', async (_request, reply, payload) => {
    void reply.header('x-server', name);
    return payload;
  });
  instance.setErrorHandler((error, _request, reply) => reply.code(500).send(`${name}: ${(error as Error).message}`));
  instance.setNotFoundHandler((_request, reply) => reply.code(404).send(`${name} has no such thing`));
  own.takeControllers([application], (controller, nth) => {
    seen.push(`${name} makes ${nth ?? 'its routes'}`);
    const whose = (request: FastifyRequest): string =>
      `${name} ${(request as { app?: object }).app === own.instance} ${(request.params as { id: string }).id}`;
    const send = (request: FastifyRequest, reply: FastifyReply) => reply.send(request.body);
    const routes: readonly RouteOptions[] = [
      { method: 'GET', url: '/of/:id', handler: async (request) => whose(request) },
      { method: 'POST', url: '/of', handler: send },
      { method: 'GET', url: '/fails', handler: () => Promise.reject(new Error('no')) },
    ];
    for (const [n, route] of routes.entries())
      if (nth === undefined || nth === n) own.makeRoute({ controller, nth: n }, () => void instance.route(route));
  });
  return { own, seen };
}

async function listen(own: OwnFastify): Promise<string> {
  const server = createServer(own.answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ask = async (url: string, init?: RequestInit): Promise<string> => {
  const answer = await fetch(url, init);
  return `${answer.status} ${answer.headers.get('x-server')} ${await answer.text()}`;
};

describe('applications on one Fastify', () => {
  it('answer with functions of their own, also at once', async () => {
    const fastify = shared();
    const all = ['a', 'b', 'c'].map((name) => application(fastify, name));
    await Promise.all(all.map(({ own }) => own.instance.ready()));
    const bases = await Promise.all(all.map(({ own }) => listen(own)));
    const answers = await Promise.all(
      bases.flatMap((base) => [
        ask(`${base}/of/1`),
        ask(`${base}/of`, { method: 'POST', body: 'x' }),
        ask(`${base}/fails`),
        ask(`${base}/nowhere`),
      ]),
    );
    expect(answers).toEqual(
      ['a', 'b', 'c'].flatMap((name) => [
        `200 ${name} ${name} true 1`,
        `200 ${name} ${name} read /of`,
        `500 ${name} ${name}: no`,
        `404 ${name} ${name} has no such thing`,
      ]),
    );
    for (const [i, { seen }] of all.entries()) expect(seen.filter((one) => !one.startsWith('abc'[i]!))).toEqual([]);
  });

  it('make a route of a controller when it is asked, once the first is complete', async () => {
    const fastify = shared();
    await application(fastify, 'a').own.instance.ready();
    const { own, seen } = application(fastify, 'b');
    await own.instance.ready();
    expect(seen).toEqual([]);
    const base = await listen(own);
    expect(await ask(`${base}/of/1`)).toBe('200 b b true 1');
    expect(await ask(`${base}/of/2`)).toBe('200 b b true 2');
    expect(await ask(`${base}/of`, { method: 'POST', body: 'x' })).toBe('200 b b read /of');
    expect(seen).toEqual(['b /of/1', 'b makes 0', 'b /of/2', 'b /of', 'b makes 1']);
  });

  it('have middleware of their own', async () => {
    const fastify = shared();
    const all = ['a', 'b'].map((name) => application(fastify, name));
    for (const { own, seen } of all) {
      await own.adapter.init();
      own.adapter.use('/of', (request: IncomingMessage, _response: unknown, next: () => void) => {
        seen.push(`used for ${request.url}`);
        next();
      });
      await own.instance.ready();
    }
    const base = await listen(all[1]!.own);
    expect(await ask(`${base}/of/1`)).toBe('200 b b true 1');
    expect(all.map(({ seen }) => seen.filter((one) => one.startsWith('used')))).toEqual([[], ['used for /1']]);
  });

  it('have to be alike', async () => {
    const fastify = shared();
    await application(fastify, 'a').own.instance.ready();
    const more = application(fastify, 'b').own.instance;
    expect(() => more.addHook('onRequest', (_request, _reply, done) => done())).toThrow(
      /"hook onRequest \d+", and those of others have not/,
    );
    const fewer = new OwnFastify(fastify, read).instance;
    await expect(fewer.ready()).rejects.toThrow('lacks');
    expect(() => new OwnFastify(fastify, read).takeControllers([], () => undefined)).toThrow('other controllers');
  });

  it('change nothing that others share', () => {
    const { instance } = application(shared(), 'a').own;
    expect(() => instance.decorateRequest('seen', undefined)).toThrow('fastify.decorateRequest would change');
    expect(() => instance.register(async () => undefined)).toThrow('fastify.register would change');
    expect(() => instance.addHook('onRoute', () => undefined)).toThrow("fastify.addHook('onRoute') would change");
    expect(() => Object.assign(instance, { seen: true })).toThrow('would change');
    const handler = async (): Promise<string> => 'a';
    for (const more of [{ preHandler: handler }, { onSend: [handler] }])
      expect(() => instance.route({ method: 'GET', url: '/more', handler, ...more })).toThrow(
        /fastify.route\(\{ (?:preHandler|onSend) \}\) would change/,
      );
  });

  it('end with their own hooks', async () => {
    const fastify = shared();
    const { instance } = application(fastify, 'a').own;
    const ended: number[] = [];
    for (const n of [1, 2]) instance.addHook('onClose', async () => void ended.push(n));
    await instance.ready();
    await instance.close();
    expect(ended).toEqual([2, 1]);
    await application(fastify, 'b').own.instance.ready();
  });
});
