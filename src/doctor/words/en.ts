import { keysProblems } from '../../auth/keys/keys-problems.js';
import { connectionReasons } from '../../database/connection-reasons.js';
import { packageProblems } from '../../r4/packages/package-problem.js';

/**
 * Words of the doctor, in English. `{name}` is the place of a value. A finding has a fact, and a cure if something may be wrong; phrases are
 * values of findings. Keys are stable, for machines.
 */
export const en = {
  lang: 'en',
  groups: {
    'fhir-server': 'FHIR server',
    settings: 'Settings',
    database: 'Database',
    'public address': 'Public address',
    'implementation guides': 'Implementation guides',
    console: 'Console',
    issuer: 'Issuer',
    standby: 'Standby',
    terminology: 'Terminology server',
    token: 'Token',
    administration: 'Administration',
    outbox: 'Outbox',
    tenants: 'Tenants',
  },
  phrases: {
    ...connectionReasons,
    ...keysProblems,
    ...packageProblems,
    'list.comma': '{first}, {next}',
    'list.more': '{names} and {more} more',
    'size.bytes': '{amount} bytes',
    'size.larger': '{amount} {unit}',
    'answer.late': 'it did not answer within {seconds} s',
    'answer.large': 'it answers more than 4 MB',
    'answer.status': 'it answers {status}',
    'answer.address-status': '{address} answers {status}',
    'answer.resource': 'it names {resource}',
    nothing: 'nothing',
    nobody: 'nobody',
    none: 'none',
    unreadable: 'what it publishes cannot be read',
    'no-address': 'its name is not an address',
    'clock.of-database': 'the database',
    'clock.of-issuer': 'the issuer',
    'clock.of-address': 'that address',
    'clock.of-terminology': 'the terminology server',
    'clock.agrees': 'agrees with ours',
    'clock.ahead': 'is {seconds} s ahead of ours',
    'clock.behind': 'is {seconds} s behind ours',
    'migrate.self': 'and "lanyard migrate" or the next start does it.',
    'migrate.other': 'and "lanyard migrate" as a user who may does it.',
    'pooler.between': '; a pooler stands between',
    'belt.superuser': 'the role {role} is a superuser, who may do everything',
    'belt.owner': 'the role {role} owns tables',
    'belt.citus': 'Citus does not write through views',
    'belt.none': 'the role {role} has no views of the tables',
    'node.coordinator': ', copies of shared tables',
    'guides.recommended': ' Recommended and not offered: {missing}.',
    'slash.only': ' Only the slash at the end differs.',
    'key.bits': '{form} of {bits} bits {kid}',
    'key.curve': '{form} {kid}',
    'key.no-kid': 'without kid',
    'database.at': 'the database "{name}" at {host}',
    'database.unnamed': 'the database',
    'cannot-reach': 'Cannot reach {database}: {why}.',
    'tls.old': 'it speaks no version of TLS from 1.2 on',
    'tls.not-spoken': 'it does not speak TLS',
    'smart.grant_types_supported': 'A backend service could get no token.',
    'smart.token_endpoint_auth_methods_supported': 'SMART Backend Services sign their requests.',
    'smart.token_endpoint_auth_signing_alg_values_supported': 'SMART asks for both.',
    'smart.code_challenge_methods_supported': 'SMART apps use PKCE with S256.',
    'tenants.suspended': ', {count} of them suspended',
  },
  findings: {
    'look.late': { fact: 'It took too long to look at.' },
    'look.failed': { fact: 'It could not be looked at; the other findings may say why.' },

    clock: {
      fact: 'The clock of {whose} {state}; CLOCK_SKEW allows {allowed} s.',
      cure: 'Let both machines keep time by NTP, and look which of the two is wrong.',
    },
    'clock.beyond': {
      fact: 'The clock of {whose} {state}; CLOCK_SKEW allows {allowed} s.',
      cure: 'Let both machines keep time by NTP, and look which of the two is wrong. Until then tokens may count too early or expire too soon.',
    },

    'settings.unknown': {
      fact: '{name} has no effect. Was {meant} meant?',
      cure: 'Correct the name, or take the variable away.',
    },
    'settings.keys-plain': {
      fact: 'The keys that sign tokens lie unencrypted in the database: whoever reads a backup can make tokens.',
      cure: 'Set KEY_ENCRYPTION_SECRET (openssl rand -base64 32); keys that are there are encrypted at the next start.',
    },
    'settings.keys-encrypted': { fact: 'The keys that sign tokens are encrypted at rest.' },
    'settings.weak.ADMIN_PASSWORD': {
      fact: 'ADMIN_PASSWORD is easy to guess, and whoever guesses it administers this server.',
      cure: 'Choose several words or random letters. Example: ADMIN_PASSWORD="$(openssl rand -base64 18)"',
    },
    'settings.weak.KEY_ENCRYPTION_SECRET': {
      fact: 'KEY_ENCRYPTION_SECRET is easy to guess, so whoever reads the database or a backup can sign tokens.',
      cure: 'Put a random secret before it, in a line of its own: the first line seals, all lines open. Example: KEY_ENCRYPTION_SECRET="$(openssl rand -base64 32)"',
    },
    'settings.weak.CURSOR_SECRET': {
      fact: 'CURSOR_SECRET is easy to guess, so that page links can be forged.',
      cure: 'Make a random one. Example: CURSOR_SECRET="$(openssl rand -base64 32)"',
    },
    'settings.no-issuer': {
      fact: 'No token can ever count: there is neither an embedded nor a trusted issuer.',
      cure: 'Set EMBEDDED_ISSUER=on, or name an issuer in TRUSTED_ISSUERS.',
    },
    'settings.audience': { fact: 'Tokens count that are made out for {base}.' },
    'settings.audience-other': {
      fact: 'Tokens of {issuer} count for {audience}, not for {base}, which SMART apps ask for.',
      cure: 'Nothing, if the issuer turns one into the other; else add the FHIR base to "audience" in TRUSTED_ISSUERS.',
    },
    'settings.no-proxies': {
      fact: 'PUBLIC_URL is https, so a proxy stands before this server, and none is trusted: all clients seem to come from one address, which failed logins then lock out together.',
      cure: 'Name the addresses of the proxy in TRUSTED_PROXIES.',
    },
    'settings.proxies': { fact: 'Forwarded headers count from {proxies}.' },
    'settings.disk-absent': { fact: '{folder} is not there yet.' },
    'settings.disk': {
      fact: '{free} are free for {folder}.',
      cure: 'Make room, or choose a larger disk with DATA_DIR.',
    },
    'settings.disk-full': {
      fact: '{free} are free for {folder}.',
      cure: 'Make room, or choose a larger disk with DATA_DIR. Writes fail when it is full.',
    },

    'database.not-running': { fact: 'The embedded database runs with the server, which does not run now.' },
    'database.unreachable': {
      fact: 'Cannot reach {database}: {why}.',
      cure: 'Start it, or put DATABASE_URL right.',
    },
    'database.look-failed': {
      fact: 'A statement of this look failed at {database}: {why}.',
      cure: 'If a table or a column is missing, run "lanyard migrate"; the log of PostgreSQL has the statement.',
    },
    'database.look-forbidden': {
      fact: 'A statement of this look is not permitted at {database}: {why}.',
      cure: 'Give the role of DATABASE_URL that right, or run "lanyard migrate" with MIGRATION_DATABASE_URL, which gives it.',
    },
    'database.size': { fact: 'The database has {size}.' },
    'database.version-old': {
      fact: 'It is PostgreSQL {version}; 14 or newer is needed.',
      cure: 'Upgrade PostgreSQL.',
    },
    'database.encoding': {
      fact: 'Its encoding is {encoding}, which cannot hold every name.',
      cure: 'Make a database with ENCODING UTF8 and move the data there.',
    },
    'database.version': { fact: 'PostgreSQL {version}, {encoding}.' },
    'database.standby': {
      fact: 'It is a standby, which only follows another.',
      cure: 'Let DATABASE_URL name the primary, or all hosts with commas between: the one that takes writes is asked.',
    },
    'database.read-only': {
      fact: 'It takes no writes (transaction_read_only).',
      cure: 'Let DATABASE_URL name the primary, or all hosts with commas between: the one that takes writes is asked.',
    },
    'database.writable': { fact: 'It takes writes.' },
    'database.tables-closed': {
      fact: 'This user may not read and write {tables}.',
      cure: 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO that user, or use the owner of the tables.',
    },
    'database.rights': { fact: 'This user may read, write, and migrate.' },
    'database.rights-no-tables': {
      fact: 'This user may read and write; it may make no tables, so another one has to migrate.',
    },
    'database.empty': {
      fact: 'The database is empty.',
      cure: '"lanyard migrate --plan" shows what is to be done, {how}',
    },
    'database.behind': {
      fact: 'The schema is {count} migrations behind this release.',
      cure: '"lanyard migrate --plan" shows what is to be done, {how}',
    },
    'database.newer': { fact: 'All applied, and {count} of a newer release; this one works beside it.' },
    'database.migrated': { fact: 'All {count} are applied.' },
    'database.connections': {
      fact: '{used} of {most} connections are in use{pooler}.',
      cure: 'Raise max_connections, or let the servers share connections by pgbouncer.',
    },
    'database.fsync-off': {
      fact: 'fsync is off: a crash of the machine can destroy all data.',
      cure: 'Set fsync = on in postgresql.conf.',
    },
    'database.unencrypted': {
      fact: 'The connection crosses a network and is not encrypted.',
      cure: 'Add ?sslmode=verify-full to DATABASE_URL.',
    },
    'database.direct-absent': {
      fact: 'A pooler stands between, and migrations go through it: it may end a long one, or wait for a connection to itself.',
      cure: 'Let DATABASE_DIRECT_URL name PostgreSQL itself.',
    },
    'database.direct-unreachable': {
      fact: 'DATABASE_DIRECT_URL: {why}',
      cure: 'Migrations would fail: put it right.',
    },
    'database.direct-other': {
      fact: 'DATABASE_DIRECT_URL leads to another database than DATABASE_URL: that one would be migrated.',
      cure: 'Let both name the same database.',
    },
    'database.direct-pooled': {
      fact: 'DATABASE_DIRECT_URL leads through a pooler as well.',
      cure: 'Let it name the host and port of PostgreSQL itself.',
    },
    'database.direct': { fact: 'DATABASE_DIRECT_URL leads to the same database, past any pooler.' },
    'database.belt-pooled': {
      fact: 'The role {role} needs connections of its own, which are bound to a tenant, and a pooler stands between.',
      cure: 'Let DATABASE_URL name PostgreSQL itself, or use the owner of the tables.',
    },
    'database.belt-open': {
      fact: 'The role {role} sees one tenant at a time, and may reach past that to the tables {tables}.',
      cure: 'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}, and from roles that it is a member of; then "lanyard migrate".',
    },
    'database.belt': { fact: 'The second belt is on: the role {role} sees one tenant at a time, and no table.' },
    'database.belt-off': {
      fact: 'The second belt is off: {why}.',
      cure: 'Let DATABASE_URL name a role that owns nothing, MIGRATION_DATABASE_URL the owner, and run "lanyard migrate" (docs/tenants.md).',
    },
    'database.not-distributed': {
      fact: 'It has Citus, and its tables are not distributed (lanyard migrate --distribute).',
    },
    'database.distributed': { fact: 'Citus spreads {count} tables by tenant.' },
    'database.misplaced': {
      fact: 'Tables are distributed, and these are not where they ought to be: {tables}.',
      cure: 'Stop the servers, and run "lanyard migrate --distribute".',
    },
    'database.leftover': {
      fact: 'The disk of the coordinator still has rows that were copied to the nodes: {tables}.',
      cure: 'Stop the servers, and run "lanyard migrate --distribute".',
    },
    'database.node-silent': {
      fact: 'The node {name} does not answer.',
      cure: 'Start it: requests of tenants there are 503 until then.',
    },
    'database.node-inactive': {
      fact: 'The node {name} is not active.',
      cure: "Run SELECT citus_activate_node('HOST', PORT) on the coordinator.",
    },
    'database.node-unread': {
      fact: 'The server cannot read at the node {name}: {why}. The coordinator is asked instead.',
      cure: 'Let servers connect to it as the user of DATABASE_URL (docs/citus.md), or leave DATABASE_NODES out.',
    },
    'database.node': { fact: 'The node {name} has {shards} shards{more}.' },

    'standby.unreachable': {
      fact: '{why}',
      cure: 'Start it, or put DATABASE_REPLICA_URLS right. Reads that accept staleness go to the primary meanwhile.',
    },
    'standby.other': {
      fact: 'It is another database than that of DATABASE_URL, and is never read.',
      cure: 'Let DATABASE_REPLICA_URLS name standbys that stream from the database of DATABASE_URL.',
    },
    'standby.writable': {
      fact: 'It takes writes: it is no standby, or one no more, and is never read.',
      cure: 'Let DATABASE_REPLICA_URLS name standbys, and DATABASE_URL the primary.',
    },
    'standby.follows': { fact: 'It follows the database of DATABASE_URL.' },
    'standby.timeline': {
      fact: 'Its last restart point is of another timeline than that of the primary.',
      cure: 'After a failover, wait for its next restart point (checkpoint_timeout), or make it anew. Reads that accept staleness go to the primary meanwhile.',
    },
    'standby.late': {
      fact: 'It did not get what the primary had within 5 s.',
      cure: 'Look at pg_stat_replication of the primary, and whether replay is paused or waits for long queries.',
    },
    'standby.lag': { fact: 'It had what the primary had after {seconds} s.' },
    'standby.migrated': { fact: 'All are there.' },
    'standby.behind': { fact: '{count} of this release are missing.', cure: 'Migrate the primary; it follows.' },
    'standby.unencrypted': {
      fact: 'The connection crosses a network and is not encrypted.',
      cure: 'Add ?sslmode=verify-full to its URL.',
    },

    'address.unseen': {
      fact: '{address} cannot be reached from here: {why}. While the server runs, try it from where its clients are, with --base.',
    },
    'address.suspended': {
      fact: 'The tenant is suspended: its addresses answer 404.',
      cure: 'The operator can let it answer again: lanyard tenant resume NAME',
    },
    'address.unreachable': {
      fact: '{address} cannot be reached: {why}.',
      cure: 'Start the server; look at the name in DNS, and at what the proxy or load balancer sends on.',
    },
    'address.redirects': {
      fact: '{address}/metadata redirects to {location}.',
      cure: 'Let PUBLIC_URL be the address that answers itself; clients do not send tokens along a redirect.',
    },
    'address.no-metadata': {
      fact: '{address}/metadata answers {status} and no CapabilityStatement.',
      cure: 'Something else answers there: let the proxy send everything below the path of PUBLIC_URL to this server.',
    },
    'address.metadata': { fact: '{address} answers, and says so of itself.' },
    'address.other-server': {
      fact: 'What answers at {address} is not the server of these settings, which is {base}.',
      cure: 'Set PUBLIC_URL of the running server to what clients call, without /fhir/r4, and start it again.',
    },
    'address.other-name': {
      fact: 'What answers at {address} calls itself {said}.',
      cure: 'Set PUBLIC_URL of the running server to what clients call, without /fhir/r4, and start it again.',
    },
    'address.no-smart': {
      fact: 'smart-configuration cannot be had: {why}.',
      cure: 'Let the proxy send paths that begin with .well-known below the FHIR base on as well; some keep them for themselves.',
    },
    'address.smart': { fact: 'It sends apps to {issuer}, whose tokens count here.' },
    'address.smart-other': {
      fact: 'It sends apps to {issuer}, token endpoint {endpoint}; tokens count from {issuers}.',
      cure: 'Start the server again with the settings that this command reads, and let no proxy answer in its place.',
    },
    'address.protected-resource': { fact: 'Its metadata as a protected resource names the FHIR base.' },
    'address.no-protected-resource': {
      fact: '{address} is not what refusals point to: {why}.',
      cure: 'Let the proxy send {path} to this server.',
    },
    'address.credentials': { fact: 'Tokens arrive as they are sent.' },
    'address.credentials-lost': {
      fact: 'A token that was sent did not arrive: the proxy takes the Authorization header away.',
      cure: 'Let the proxy pass Authorization on.',
    },
    'address.credentials-http': {
      fact: 'What came over https arrives as http: X-Forwarded-Proto is missing, or its sender is not trusted.',
      cure: 'Let the proxy set X-Forwarded-Proto, and name its address in TRUSTED_PROXIES.',
    },
    'address.credentials-unknown': {
      fact: 'How tokens arrive cannot be told: {why}.',
      cure: 'Look whether something between answers in the place of this server.',
    },

    'tls.not-spoken': {
      fact: '{host}: {why}.',
      cure: 'Let it speak TLS 1.2 or 1.3 with an ordinary certificate.',
    },
    'tls.expired': { fact: 'The certificate of {host} is not to be trusted: {code}.', cure: 'Renew the certificate.' },
    'tls.other-name': {
      fact: 'The certificate of {host} is not to be trusted: {code}.',
      cure: 'Use the name that the certificate is made out for, or have it made out for this one.',
    },
    'tls.untrusted': {
      fact: 'The certificate of {host} is not to be trusted: {code}.',
      cure: 'Let the host send its whole chain of certificates; for an authority of your own, start this server with NODE_EXTRA_CA_CERTS=/path/to/authority.pem.',
    },
    tls: {
      fact: '{host} speaks {protocol}; its certificate ends in {days} days.',
      cure: 'Renew the certificate now, and look why that did not happen by itself.',
    },

    'guides.problem': { fact: '{package}: {problem}', cure: 'Nothing, unless clients go by it.' },
    'guides.unseen': { fact: 'What holds of them cannot be seen: /metadata does not answer.' },
    'guides.absent': {
      fact: 'IMPLEMENTATION_GUIDES: {package} {problem}',
      cure: 'The server does not start without it.',
    },
    'guides.no-requirements': {
      fact: '{package} says nothing of servers (no CapabilityStatement of kind requirements).',
    },
    'guides.offered': { fact: '{package}: all that {url} requires is offered.{recommended}' },
    'guides.not-offered': {
      fact: '{package}: not offered, so that /metadata does not claim {url}: {missing}.{recommended}',
      cure: 'Nothing, if no client relies on it; an application can add operations and search parameters. What is being indexed comes later.',
    },

    'terminology.no-token': {
      fact: 'It cannot be asked: {address} gives no token for it ({why}).',
      cure: 'Look at "client" in TERMINOLOGY_SERVERS: tokenUrl, clientId, scope, and the secret or the key of privateKeyFile, whose public part has to be registered there.',
    },
    'terminology.unreachable': {
      fact: 'It cannot be reached: {why}.',
      cure: 'Open {address}/metadata from this machine; look at DNS, firewall and proxy, or put "url" in TERMINOLOGY_SERVERS right.',
    },
    'terminology.reachable': { fact: 'It answers.' },
    'terminology.refused': {
      fact: 'It refuses the credentials of the settings ({status}).',
      cure: 'Look at "token", "user" or "client" in TERMINOLOGY_SERVERS: it has to permit reading of CodeSystem, ValueSet and ConceptMap, and their operations.',
    },
    'terminology.no-answer': {
      fact: 'It does not answer a search for a CodeSystem: {why}.',
      cure: 'Let "url" in TERMINOLOGY_SERVERS be the FHIR base, without anything behind it.',
    },
    'terminology.answers': { fact: 'It takes the credentials of the settings, and answers questions.' },
    'terminology.capabilities': { fact: 'It says what its terminology services can do.' },
    'terminology.statement': {
      fact: 'It is a FHIR server of R4; it does not say what its terminology services can do.',
    },
    'terminology.other-version': {
      fact: 'Its FHIR version is {version}, and questions are asked as in R4.',
      cure: 'Let "url" in TERMINOLOGY_SERVERS name its base for R4.',
    },
    'terminology.no-metadata': {
      fact: '{address}/metadata is no CapabilityStatement: {why}.',
      cure: 'Let "url" in TERMINOLOGY_SERVERS be the FHIR base, without anything behind it.',
    },

    'issuer.unneeded': {
      fact: 'Its metadata cannot be had: {why}. The setting names its keys, so that tokens can be checked without it.',
    },
    'issuer.unreachable': {
      fact: 'Its metadata cannot be had: {why}.',
      cure: 'Open {address}/.well-known/openid-configuration from this machine. If it is there for others, look at DNS, firewall and proxy; if it is nowhere, put "issuer" in {setting} right, or name "jwksUri".',
    },
    'issuer.reachable': { fact: 'It publishes its metadata.' },
    'issuer.equal': { fact: 'Its metadata names the same issuer, letter by letter.' },
    'issuer.other': {
      fact: 'Its metadata names the issuer {named}, {setting} has {issuer}.{slash}',
      cure: 'Tokens say what the metadata says: write "issuer":"{named}" in {setting}.',
    },
    'issuer.keys-unknown': { fact: 'Where its keys are is not known while its metadata is not.' },
    'issuer.keys-unreachable': {
      fact: 'Its keys cannot be had: {why}.',
      cure: 'Open {address} from this machine; if it is the wrong address, name "jwksUri" in {setting}.',
    },
    'issuer.no-keys': {
      fact: 'Its key set has no key that verifies signatures (RSA from 2048 bits, or EC).',
      cure: 'Let the issuer sign with one of these algorithms, or name the one it signs with in "algorithms" of TRUSTED_ISSUERS.',
    },
    'issuer.no-fitting-keys': {
      fact: 'None of its keys fits {algorithms}: {keys}.',
      cure: 'Let the issuer sign with one of these algorithms, or name the one it signs with in "algorithms" of TRUSTED_ISSUERS.',
    },
    'provider.no-keys': {
      fact: 'Its key set has no key that verifies signatures (RSA from 2048 bits, or EC).',
      cure: 'Let the provider sign ID tokens with one of these algorithms.',
    },
    'provider.no-fitting-keys': {
      fact: 'None of its keys fits {algorithms}: {keys}.',
      cure: 'Let the provider sign ID tokens with one of these algorithms.',
    },
    'issuer.keys': { fact: 'Keys that can be used: {usable} of {all}, for {algorithms}.' },
    'issuer.keys-unused': {
      fact: 'Tokens signed with these keys are refused: {keys}.',
      cure: 'Nothing, if it signs access tokens with others; else name the algorithm in "algorithms" of {setting}.',
    },
    'issuer.kid-twice': {
      fact: 'Several of its keys have the same kid: {kids}.',
      cure: 'Each key of a key set needs a kid of its own: let the issuer change that, or name another key set with "jwksUri" in {setting}. Tokens that name such a kid are refused.',
    },
    'issuer.introspection': { fact: 'Where it is asked about tokens is known.' },
    'issuer.no-introspection': {
      fact: 'It is to be asked about tokens, and its metadata names no introspection_endpoint.',
      cure: 'Name "endpoint" of "introspection" in {setting}, or switch introspection on at the issuer.',
    },
    'fhir.unreachable': {
      fact: '{address} cannot be had: {why}.',
      cure: 'Give the FHIR base as clients use it, such as https://fhir.example/fhir/r4. A server inside a network is asked once JWKS_ALLOW_PRIVATE names its host; "lanyard quickstart --base" asks from where you are.',
    },
    'fhir.no-capability': {
      fact: '{address} is no CapabilityStatement.',
      cure: 'Give the FHIR base: the address below which /metadata is.',
    },
    'fhir.capability': { fact: '{address}: CapabilityStatement, FHIR {version}.' },
    'fhir.other-release': {
      fact: '{address}: CapabilityStatement, FHIR {version}, which is not R4.',
      cure: 'Ask its operator for a base of R4, if there is one.',
    },
    'fhir.other-name': {
      fact: 'It says that its base is {said}.',
      cure: 'A token is for one address, letter by letter: find out which of the two its tokens name.',
    },
    'fhir.no-smart': {
      fact: 'smart-configuration cannot be had: {why}.',
      cure: 'So apps are told no authorization server. Ask its operator whose tokens count there, and look at that issuer.',
    },
    'fhir.no-issuer': {
      fact: 'smart-configuration names no issuer.',
      cure: 'Ask its operator whose tokens count there, and look at that issuer.',
    },
    'fhir.smart': { fact: 'smart-configuration sends apps to {issuer}.' },
    'fhir.capabilities': { fact: 'Capabilities: {capabilities}.' },
    'fhir.backend': { fact: 'Backend services log in with a key (client-confidential-asymmetric).' },
    'fhir.no-backend': {
      fact: 'Capabilities do not have client-confidential-asymmetric.',
      cure: 'Backend services may have to log in with a secret. Look whether private_key_jwt can be switched on there.',
    },
    'issuer.smart-unsaid': { fact: 'Its metadata does not say {member}.' },
    'issuer.smart': { fact: '{member}: {values}.' },
    'issuer.smart-missing': {
      fact: '{member} does not have {values}. {why}',
      cure: 'Look whether it can be switched on there.',
    },

    'console.no-client': {
      fact: 'People bring a token to the console. They log in where CONSOLE_CLIENT_ID names a client of an issuer in TRUSTED_ISSUERS, with the redirect address {redirect} (docs/console.md).',
    },
    'console.untrusted': {
      fact: 'People would log in to the console at {issuer}, whose tokens do not count here.',
      cure: 'Name that issuer in TRUSTED_ISSUERS, or another one in CONSOLE_ISSUER.',
    },
    'console.trusted': { fact: 'People log in at {issuer}, whose tokens count here.' },
    'console.no-discovery': {
      fact: 'Nobody can log in: the metadata of {issuer} cannot be had: {why}.',
      cure: 'Let the issuer publish /.well-known/openid-configuration; "jwksUri" in TRUSTED_ISSUERS is enough for tokens, not for the console.',
    },
    'console.discovery': { fact: 'Its metadata is there, under its own name.' },
    'console.other-issuer': {
      fact: 'Nobody can log in: the metadata names another issuer than {issuer}.',
      cure: 'Write the issuer in TRUSTED_ISSUERS and CONSOLE_ISSUER as its metadata does, letter by letter.',
    },
    'console.endpoints': { fact: 'Its metadata names where people log in, and where tokens are.' },
    'console.no-endpoints': {
      fact: 'Nobody can log in: the metadata names no {missing} by https.',
      cure: 'Look whether the issuer is an authorization server with a login for people.',
    },
    'console.code': { fact: 'It has the authorization code flow.' },
    'console.code-unsaid': {
      fact: 'Its metadata does not say whether it has the authorization code flow (response_types_supported).',
    },
    'console.no-code': {
      fact: 'Nobody can log in: its metadata does not list the authorization code flow.',
      cure: 'Switch the response type "code" and the grant type "authorization_code" on there.',
    },
    'console.pkce': { fact: 'It checks PKCE with S256.' },
    'console.pkce-unsaid': {
      fact: 'Its metadata does not say whether it checks PKCE (code_challenge_methods_supported).',
      cure: 'Nothing, if its documentation says that it checks S256; else switch PKCE on there, or a stolen code is enough to log in.',
    },
    'console.no-pkce': {
      fact: 'Its metadata does not list S256 for PKCE, which the console uses.',
      cure: 'Switch PKCE with S256 on there.',
    },
    'console.client': {
      fact: 'To register there: the public client {client} with the redirect address {redirect}, and requests of browsers permitted from {origin} (CORS). Whether that is done cannot be seen from here.',
    },

    'administration.nobody': {
      fact: 'No account may manage users over HTTP (admin/User or admin/*).',
      cure: 'lanyard user set NAME --administrator',
    },
    'administration.one': { fact: '1 account may manage users.' },
    'administration.several': { fact: '{count} accounts may manage users.' },
    'administration.lost': {
      fact: 'These accounts administered by user/*.cruds in 0.1.0, and do not any more: {names}.',
      cure: 'Who is to administer gets all of it by "lanyard user set NAME --administrator", or a part by --grants "… admin/User.u". For the others: --no-administrator.',
    },
    'administration.consent-exempt': { fact: 'Consents do not count at all for {names}.' },
    'administration.own-ids': { fact: 'While Consents deny something, ids are chosen by {names}.' },

    'outbox.dead': {
      fact: '{count} events for {listener} could not be delivered for three days.',
      cure: 'Look at them with "lanyard outbox list --hook {listener}", then "resend" or "discard" them.',
    },
    'outbox.waiting': { fact: '{count} events wait for {listener}, the oldest for {seconds} s.' },
    'outbox.filling': {
      fact: '{count} events wait for {listener}, the oldest for {seconds} s. With {dead} dead letters that is more than half of OUTBOX_LIMIT ({limit}); beyond it the oldest are removed undelivered.',
      cure: 'Put right what the hook tells, or remove what nobody needs with "lanyard outbox discard"; the log has the failures.',
    },

    tenants: { fact: '{count} tenants{suspended}.' },
    'tenants.importing': {
      fact: 'An import goes on, or was cut short, of {names}.',
      cure: 'Where none runs: lanyard tenant erase NAME',
    },
    'tenants.erasing': {
      fact: 'All rows are being removed of {names}.',
      cure: 'Running servers go on; or: lanyard tenant erase NAME',
    },
    'tenants.settings': {
      fact: 'Settings of their own cannot be read, or do not go with those of the process, so that nobody is answered at {names}.',
      cure: 'See why with "lanyard --tenant NAME doctor", and change them: lanyard tenant settings NAME --set …',
    },
    'tenants.limit': {
      fact: 'Nine tenths of the limit "{limit}" are used by {names}.',
      cure: 'Raise it where that is right: lanyard tenant limits NAME --set {limit}=…',
    },

    'token.form': { fact: 'It is a signed JWT.' },
    'token.header': { fact: 'Its header demands nothing unknown.' },
    'token.kind': { fact: 'It is an access token.' },
    'token.issuer': { fact: 'Its issuer is trusted.' },
    'token.algorithm': { fact: 'Its algorithm is allowed.' },
    'token.key': { fact: 'The issuer publishes its key.' },
    'token.signature': { fact: 'The signature verifies.' },
    'token.audience': { fact: 'It is made out for this server.' },
    'token.time': { fact: 'It is valid now.' },
    'token.claims': { fact: 'Its claims have the forms that they should have.' },
    'token.binding': { fact: 'It is bound to no key that the caller would have to prove.' },
    'token.introspection': { fact: 'Its issuer was asked and vouches for it.' },
    'token.verifier': { fact: 'The token verifier vouches for it.' },
    'token.revocation': { fact: 'It was not revoked.' },
    'token.refused': { fact: '{code}: {fact}', cure: '{cure}' },
    'token.unseen': { fact: 'Not looked at: {why}.' },
    'token.scopes': { fact: 'For the {kind} {subject} these count: {scopes}.' },
    'token.no-scopes': {
      fact: 'None of its scopes counts for the {kind} {subject}.',
      cure: 'Request scopes such as patient/*.rs or user/*.rs.',
    },
    'token.scope-ignored': { fact: '{scope} does not count: {why}.', cure: '{cure}' },
    'token.scope-formless': {
      fact: '{scope} does not count: {why}.',
      cure: 'Request it in the form that counts, or leave it out.',
    },
  },
} as const;
