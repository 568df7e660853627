import { describe, expect, it } from 'vitest';
import { ownAddress } from '../../fhir/http/request-target.js';
import { readTenantAddress } from './tenant-address.js';

const read = (target: string, publicUrl = 'https://fhir.example') =>
  readTenantAddress(target, 'fhir.example', ownAddress(publicUrl));

describe('the tenant of an address', () => {
  it.each([
    ['/t/north/fhir/r4/Patient?name=x', 'north', '/fhir/r4/Patient?name=x'],
    ['/t/north', 'north', '/'],
    ['/t/north?x=1', 'north', '/?x=1'],
    ['/t/north/', 'north', '/'],
    ['/%74/n%6Frth/fhir/r4/metadata', 'north', '/fhir/r4/metadata'],
    ['https://fhir.example/t/north/oauth2/token', 'north', '/oauth2/token'],
    ['/t/north/t/south/fhir/r4/Patient', 'north', '/t/south/fhir/r4/Patient'],
    ['/t/north%2Ffhir/r4', 'north%2Ffhir', '/r4'],
    ['/t//fhir/r4', '', '/fhir/r4'],
    ['/.well-known/oauth-protected-resource/t/north/fhir/r4', 'north', '/.well-known/oauth-protected-resource/fhir/r4'],
    [
      '/.well-known/oauth-authorization-server/t/north/oauth2',
      'north',
      '/.well-known/oauth-authorization-server/oauth2',
    ],
  ])('of %s is %s, which is asked for %s', (target, name, rest) => {
    expect(read(target)).toEqual({ name, target: rest });
  });

  it.each([
    '/fhir/r4/Patient',
    '/',
    '/T/north/fhir/r4',
    '/tt/north',
    '/x/t/north',
    '/.well-known/oauth-protected-resource/fhir/r4',
  ])('of %s is default, and the target stays as it is', (target) => {
    expect(read(target)).toEqual({ name: 'default' });
  });

  it('is found below the path of PUBLIC_URL, which a proxy may take off', () => {
    const below = 'https://fhir.example/base';
    const found = { name: 'north', target: '/fhir/r4' };
    expect(read('/base/t/north/fhir/r4', below)).toEqual(found);
    expect(read('/t/north/fhir/r4', below)).toEqual(found);
    const inserted = '/.well-known/oauth-protected-resource/base/t/north/fhir/r4';
    expect(read(inserted, below)).toEqual({ name: 'north', target: '/.well-known/oauth-protected-resource/fhir/r4' });
  });
});
