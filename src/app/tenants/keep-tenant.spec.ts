import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { keepTenant, TenantRequest, TenantResponse } from './keep-tenant.js';
import { asTenant, currentTenantName } from '../../database/tenant.js';

const own = { tenant: 7, name: 'own' };
const another = { tenant: 8, name: 'another' };

function messages(): { request: TenantRequest; response: TenantResponse } {
  const request = new TenantRequest(new Socket());
  return { request, response: new TenantResponse(request) };
}

it('has listeners work for the tenant, also where the event comes from work of another', () => {
  const { request, response } = messages();
  keepTenant(own, request, response);
  for (const message of [request, response]) {
    const seen: unknown[] = [];
    message.on('seen', (...args: unknown[]) => seen.push([currentTenantName(), ...args]));
    expect([message.emit('seen', 'a'), asTenant(another, () => message.emit('seen', 'b', 2))]).toEqual([true, true]);
    expect(seen).toEqual([
      ['own', 'a'],
      ['own', 'b', 2],
    ]);
  }
});

it('leaves the context where a message is no tenant’s, and emits what nobody listens to', () => {
  const { request, response } = messages();
  const seen: unknown[] = [];
  request.on('seen', () => seen.push(currentTenantName()));
  request.emit('seen');
  keepTenant(own, request, response);
  expect([seen, request.emit('nothing')]).toEqual([[undefined], false]);
  expect(() => response.emit('error', new Error('lost'))).toThrow('lost');
});

it('refuses messages that cannot keep it', () => {
  const request = new IncomingMessage(new Socket());
  expect(() => keepTenant(own, request, new ServerResponse(request))).toThrow('keep no tenant');
});
