import { describe, expect, it } from 'vitest';
import { welcome } from './welcome.js';
import { AppConfig } from '../../config/app-config.js';

const address = 'http://127.0.0.1:3000';

describe('welcome', () => {
  it('gives the commands with the generated password', () => {
    const [where, console, , login, ...others] = welcome(new AppConfig({}), address, 'secret-words');
    expect(where).toBe(`Lanyard listens on ${address}. FHIR base: http://localhost:3000/fhir/r4`);
    expect(console).toBe('Console: http://localhost:3000/console');
    expect(login).toContain("-u 'admin:secret-words' http://localhost:3000/fhir/r4/login");
    expect(others).toHaveLength(2);
  });

  it('leaves a password that was set to curl, which asks for it', () => {
    const text = welcome(new AppConfig({ ADMIN_PASSWORD: 's3cret' }), address, undefined).join('\n');
    expect(text).toContain("-u 'admin' ");
    expect(text).not.toContain('s3cret');
  });

  it('quotes for the shell', () => {
    const text = welcome(new AppConfig({ ADMIN_USER: "o'hara" }), address, undefined).join('\n');
    expect(text).toContain(`-u 'o'\\''hara' `);
  });

  it('does not name a console that is off', () => {
    expect(welcome(new AppConfig({ CONSOLE: 'off' }), address, undefined).join('\n')).not.toContain('onsole');
  });

  it('offers no login where there is none', () => {
    const text = welcome(new AppConfig({ LOGIN: 'off' }), address, undefined).join('\n');
    expect(text).not.toContain('/login');
    expect(text).toContain('curl http://localhost:3000/fhir/r4/metadata');
  });
});
