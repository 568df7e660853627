// What US Core requires of servers, by its own CapabilityStatement: nothing is missing, and all of it is claimed
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unmet } from '../../src/fhir/guides/claims.js';
import { Guides } from '../../src/fhir/guides/guides.js';
import { packagesFolder } from '../support/fhir-package.js';
import { shareOf } from '../support/full.js';
import { startServer, type TestServer } from '../support/server.js';
import { hasUsCore, usCorePackages, usCoreProfiles, writeUsCore } from '../support/us-core.js';

const name = 'hl7.fhir.us.core';

describe.skipIf(!hasUsCore).each(shareOf(usCorePackages, 2))(
  'US Core %s (skipped where ../shared/data is absent)',
  (version) => {
    let server: TestServer;
    let packages: string;
    beforeAll(async () => {
      packages = await packagesFolder();
      await writeUsCore(packages, version);
      server = await startServer({ PACKAGES: packages, IMPLEMENTATION_GUIDES: `${name}@${version}` });
    });
    afterAll(async () => {
      await server.close();
      await rm(packages, { recursive: true });
    });

    const metadata = async () => (await server.call('GET', 'metadata')).body;

    it('is claimed whole', async () => {
      const statement = await metadata();
      expect(statement.instantiates).toEqual([
        'http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data',
        'http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server',
      ]);
      expect(statement.implementationGuide).toEqual([
        `http://hl7.org/fhir/us/core/ImplementationGuide/hl7.fhir.us.core|${version}`,
      ]);
      const claimed = statement.rest[0].resource.flatMap(
        ({ supportedProfile = [] }: { supportedProfile?: readonly string[] }) => supportedProfile,
      );
      expect(claimed.toSorted()).toEqual([...new Set(usCoreProfiles(version))].toSorted());
    });

    it('asks for and recommends nothing that is not offered', async () => {
      const statement = await metadata();
      const [guide] = server.app.get(Guides).all;
      expect(guide!.servers).toHaveLength(1);
      expect(guide!.servers[0]!.requirements.length).toBeGreaterThan(80);
      const missing = guide!.servers.flatMap((one) => unmet(one, statement));
      expect(missing.filter(({ isRequired }) => isRequired)).toEqual([]);
      const recommended = guide!.servers
        .flatMap(({ requirements }) => requirements)
        .filter(
          (one) =>
            !one.isRequired &&
            unmet({ url: '', profiles: new Map(), requirements: [{ ...one, isOfRequiredType: true }] }, statement)
              .length > 0,
        );
      expect(recommended).toEqual([]);
    });

    it('finds where tokens come from in the statement', async () => {
      const { security } = (await metadata()).rest[0];
      expect(security.extension[0].url).toBe('http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris');
      const urls = security.extension[0].extension.map(({ url }: { url: string }) => url);
      expect(urls).toEqual(expect.arrayContaining(['authorize', 'token', 'register', 'introspect', 'revoke']));
    });
  },
);
