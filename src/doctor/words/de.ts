import type { DoctorWords } from './doctor-words.js';

/** The words of `en.ts` in German. */
export const de: DoctorWords = {
  lang: 'de',
  groups: {
    'fhir-server': 'FHIR-Server',
    settings: 'Einstellungen',
    database: 'Datenbank',
    'public address': 'Öffentliche Adresse',
    'implementation guides': 'Implementierungsleitfäden',
    console: 'Konsole',
    issuer: 'Aussteller',
    standby: 'Standby-Server',
    terminology: 'Terminologieserver',
    token: 'Access-Token',
    administration: 'Verwaltung',
    outbox: 'Postausgang',
    tenants: 'Mandanten',
  },
  phrases: {
    ECONNREFUSED: 'dort lauscht niemand',
    ECONNRESET: 'die Verbindung wurde von der Gegenseite geschlossen',
    UND_ERR_SOCKET: 'die Verbindung wurde von der Gegenseite beendet',
    ENOTFOUND: 'diesen Host gibt es nicht',
    EAI_AGAIN: 'der Name des Hosts lässt sich gerade nicht auflösen',
    ENOENT: 'diesen Socket gibt es nicht',
    ETIMEDOUT: 'es kommt keine Antwort',
    EHOSTUNREACH: 'zu diesem Host führt kein Weg',
    '28P01': 'falscher Benutzer oder falsches Passwort',
    '28000': 'dieser Benutzer darf sich nicht verbinden',
    '3D000': 'diese Datenbank gibt es nicht',
    '53300': 'sie hat keine freie Verbindung',
    '57P03': 'sie startet gerade oder fährt herunter',
    'keys.insecure': '{url} ist keine https-Adresse',
    'keys.status': '{url} antwortete mit {status}',
    'keys.large': '{url} antwortete mit mehr als {most} kB',
    'keys.late': '{url} antwortete nicht innerhalb von {seconds} s',
    'keys.unreachable': '{url} ist nicht erreichbar',
    'keys.no-json': '{url} antwortete nicht mit einem JSON-Objekt',
    'keys.no-set': '{url} antwortete nicht mit einem JWK Set',
    'keys.other-issuer': 'die Metadaten von {issuer} nennen einen anderen Aussteller',
    'keys.no-jwks-uri': 'die Metadaten von {issuer} nennen keine jwks_uri mit https',
    'keys.no-introspection': 'die Metadaten von {issuer} nennen keinen introspection_endpoint',
    'keys.database': 'die Datenbank, in der sie liegen, antwortet nicht',
    'keys.inside': '{host} führt zu einer Adresse innerhalb eines Netzes ({setting} nennt den Host nicht)',
    'keys.address': 'die Adresse gibt keine brauchbare Antwort ({why})',
    'package.no-url': '{path} ist ausgelassen: {type} hat keine url, also kann nichts darauf verweisen',
    'package.invalid': '{path} ist ausgelassen: {element}: {finding}',
    'package.twice': '{path} ist ausgelassen: {definition} steht zweimal im Paket',
    'package.not-offered': '{parameter} wird nicht angeboten: {why}',
    'list.comma': '{first}, {next}',
    'list.more': '{names} und {more} weitere',
    'size.bytes': '{amount} Byte',
    'size.larger': '{amount} {unit}',
    'answer.late': 'keine Antwort innerhalb von {seconds} s',
    'answer.large': 'die Antwort hat mehr als 4 MB',
    'answer.status': 'die Antwort ist {status}',
    'answer.address-status': '{address} antwortet mit {status}',
    'answer.resource': 'dort steht {resource}',
    nothing: 'nichts',
    nobody: 'niemandem',
    none: 'keiner',
    unreadable: 'was dort veröffentlicht ist, lässt sich nicht lesen',
    'no-address': 'der Name ist keine Adresse',
    'clock.of-database': 'der Datenbank',
    'clock.of-issuer': 'des Ausstellers',
    'clock.of-terminology': 'des Terminologieservers',
    'clock.of-address': 'dieser Adresse',
    'clock.agrees': 'stimmt mit unserer überein',
    'clock.ahead': 'geht gegenüber unserer {seconds} s vor',
    'clock.behind': 'geht gegenüber unserer {seconds} s nach',
    'migrate.self': 'und „lanyard migrate“ oder der nächste Start führt es aus.',
    'migrate.other': 'und „lanyard migrate“ als ein Benutzer, der das darf, führt es aus.',
    'pooler.between': '; dazwischen steht ein Pooler',
    'belt.superuser': 'die Rolle {role} ist ein Superuser und darf alles',
    'belt.owner': 'der Rolle {role} gehören Tabellen',
    'belt.citus': 'Citus schreibt nicht durch Views',
    'belt.none': 'die Rolle {role} hat keine Views der Tabellen',
    'node.coordinator': ', Kopien gemeinsamer Tabellen',
    'guides.recommended': ' Empfohlen und nicht angeboten: {missing}.',
    'slash.only': ' Nur der Schrägstrich am Ende ist verschieden.',
    'key.bits': '{form} mit {bits} Bit, {kid}',
    'key.curve': '{form}, {kid}',
    'key.no-kid': 'ohne kid',
    'database.at': 'Die Datenbank „{name}“ auf {host}',
    'database.unnamed': 'Die Datenbank',
    'cannot-reach': '{database} ist nicht erreichbar: {why}.',
    'tls.old': 'der Host spricht keine Version von TLS ab 1.2',
    'tls.not-spoken': 'der Host spricht kein TLS',
    'smart.grant_types_supported': 'Ein Backend-Dienst könnte kein Token bekommen.',
    'smart.token_endpoint_auth_methods_supported': 'Dienste nach SMART Backend Services signieren ihre Anfragen.',
    'smart.token_endpoint_auth_signing_alg_values_supported': 'SMART verlangt beide.',
    'smart.code_challenge_methods_supported': 'SMART-Apps verwenden PKCE mit S256.',
    'tenants.suspended': ', {count} davon ausgesetzt',
  },
  findings: {
    'look.late': { fact: 'Das Ansehen dauerte zu lange.' },
    'look.failed': { fact: 'Das ließ sich nicht ansehen; vielleicht sagen die anderen Befunde, warum.' },

    clock: {
      fact: 'Die Uhr {whose} {state}; CLOCK_SKEW erlaubt {allowed} s.',
      cure: 'Lassen Sie beide Maschinen ihre Zeit per NTP halten, und sehen Sie nach, welche von beiden falsch geht.',
    },
    'clock.beyond': {
      fact: 'Die Uhr {whose} {state}; CLOCK_SKEW erlaubt {allowed} s.',
      cure: 'Lassen Sie beide Maschinen ihre Zeit per NTP halten, und sehen Sie nach, welche von beiden falsch geht. Bis dahin können Token zu früh gelten oder zu bald ablaufen.',
    },

    'settings.unknown': {
      fact: '{name} wirkt nicht. War {meant} gemeint?',
      cure: 'Berichtigen Sie den Namen, oder entfernen Sie die Variable.',
    },
    'settings.keys-plain': {
      fact: 'Die Schlüssel, mit denen Token signiert werden, liegen unverschlüsselt in der Datenbank: Wer ein Backup liest, kann Token ausstellen.',
      cure: 'Setzen Sie KEY_ENCRYPTION_SECRET (openssl rand -base64 32); vorhandene Schlüssel werden beim nächsten Start verschlüsselt.',
    },
    'settings.keys-encrypted': {
      fact: 'Die Schlüssel, mit denen Token signiert werden, sind verschlüsselt gespeichert.',
    },
    'settings.weak.ADMIN_PASSWORD': {
      fact: 'ADMIN_PASSWORD ist leicht zu erraten, und wer es errät, verwaltet diesen Server.',
      cure: 'Nehmen Sie mehrere Wörter oder zufällige Zeichen. Beispiel: ADMIN_PASSWORD="$(openssl rand -base64 18)"',
    },
    'settings.weak.KEY_ENCRYPTION_SECRET': {
      fact: 'KEY_ENCRYPTION_SECRET ist leicht zu erraten: Wer die Datenbank oder ein Backup liest, kann Token signieren.',
      cure: 'Setzen Sie ein zufälliges Geheimnis in einer eigenen Zeile davor: Die erste Zeile verschlüsselt, alle Zeilen entschlüsseln. Beispiel: KEY_ENCRYPTION_SECRET="$(openssl rand -base64 32)"',
    },
    'settings.weak.CURSOR_SECRET': {
      fact: 'CURSOR_SECRET ist leicht zu erraten, sodass Links auf Seiten gefälscht werden können.',
      cure: 'Nehmen Sie ein zufälliges. Beispiel: CURSOR_SECRET="$(openssl rand -base64 32)"',
    },
    'settings.no-issuer': {
      fact: 'Kein Token kann je gelten: Es gibt weder einen eingebauten noch einen vertrauten Aussteller.',
      cure: 'Setzen Sie EMBEDDED_ISSUER=on, oder nennen Sie einen Aussteller in TRUSTED_ISSUERS.',
    },
    'settings.audience': { fact: 'Es gelten Token, die für {base} ausgestellt sind.' },
    'settings.audience-other': {
      fact: 'Token von {issuer} gelten für {audience}, nicht für {base}, wonach SMART-Apps fragen.',
      cure: 'Nichts ist zu tun, wenn der Aussteller das eine in das andere übersetzt; sonst ergänzen Sie die FHIR-Basis in „audience“ von TRUSTED_ISSUERS.',
    },
    'settings.no-proxies': {
      fact: 'PUBLIC_URL beginnt mit https, also steht ein Proxy vor diesem Server, und keinem wird vertraut: Alle Clients scheinen von einer Adresse zu kommen und werden durch fehlgeschlagene Anmeldungen gemeinsam gesperrt.',
      cure: 'Nennen Sie die Adressen des Proxys in TRUSTED_PROXIES.',
    },
    'settings.proxies': { fact: 'Weitergeleitete Header gelten von {proxies}.' },
    'settings.disk-absent': { fact: '{folder} gibt es noch nicht.' },
    'settings.disk': {
      fact: '{free} sind frei für {folder}.',
      cure: 'Schaffen Sie Platz, oder wählen Sie mit DATA_DIR einen größeren Datenträger.',
    },
    'settings.disk-full': {
      fact: '{free} sind frei für {folder}.',
      cure: 'Schaffen Sie Platz, oder wählen Sie mit DATA_DIR einen größeren Datenträger. Ist er voll, scheitern Schreibzugriffe.',
    },

    'database.not-running': { fact: 'Die eingebettete Datenbank läuft mit dem Server, und der läuft gerade nicht.' },
    'database.unreachable': {
      fact: '{database} ist nicht erreichbar: {why}.',
      cure: 'Starten Sie sie, oder berichtigen Sie DATABASE_URL.',
    },
    'database.look-failed': {
      fact: '{database} antwortet, aber eine Anweisung dieser Prüfung ist gescheitert: {why}.',
      cure: 'Fehlt eine Tabelle oder Spalte, führen Sie "lanyard migrate" aus; die Anweisung steht im Log von PostgreSQL.',
    },
    'database.look-forbidden': {
      fact: '{database} antwortet, aber eine Anweisung dieser Prüfung ist nicht erlaubt: {why}.',
      cure: 'Geben Sie der Rolle aus DATABASE_URL dieses Recht, oder führen Sie "lanyard migrate" mit MIGRATION_DATABASE_URL aus, das es gibt.',
    },
    'database.size': { fact: 'Die Datenbank hat {size}.' },
    'database.version-old': {
      fact: 'Es ist PostgreSQL {version}; nötig ist 14 oder neuer.',
      cure: 'Aktualisieren Sie PostgreSQL.',
    },
    'database.encoding': {
      fact: 'Ihre Zeichenkodierung ist {encoding}, die nicht jeden Namen aufnehmen kann.',
      cure: 'Legen Sie eine Datenbank mit ENCODING UTF8 an, und bringen Sie die Daten dorthin.',
    },
    'database.version': { fact: 'PostgreSQL {version}, Kodierung {encoding}.' },
    'database.standby': {
      fact: 'Sie ist ein Standby-Server, der nur einer anderen folgt.',
      cure: 'DATABASE_URL soll den Primärserver nennen, oder alle Hosts mit Kommas dazwischen: Gefragt wird der, der schreibt.',
    },
    'database.read-only': {
      fact: 'Sie nimmt keine Schreibzugriffe an (transaction_read_only).',
      cure: 'DATABASE_URL soll den Primärserver nennen, oder alle Hosts mit Kommas dazwischen: Gefragt wird der, der schreibt.',
    },
    'database.writable': { fact: 'Sie nimmt Schreibzugriffe an.' },
    'database.tables-closed': {
      fact: 'Dieser Benutzer darf {tables} nicht lesen und schreiben.',
      cure: 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO diesen Benutzer, oder nehmen Sie den Eigentümer der Tabellen.',
    },
    'database.rights': { fact: 'Dieser Benutzer darf lesen, schreiben und migrieren.' },
    'database.rights-no-tables': {
      fact: 'Dieser Benutzer darf lesen und schreiben, aber keine Tabellen anlegen; ein anderer muss migrieren.',
    },
    'database.empty': {
      fact: 'Die Datenbank ist leer.',
      cure: '„lanyard migrate --plan“ zeigt, was zu tun ist, {how}',
    },
    'database.behind': {
      fact: 'Das Schema ist {count} Migrationen hinter dieser Version.',
      cure: '„lanyard migrate --plan“ zeigt, was zu tun ist, {how}',
    },
    'database.newer': {
      fact: 'Alle sind ausgeführt, dazu {count} einer neueren Version; diese arbeitet daneben.',
    },
    'database.migrated': { fact: 'Alle {count} sind ausgeführt.' },
    'database.connections': {
      fact: '{used} von {most} Verbindungen sind in Gebrauch{pooler}.',
      cure: 'Erhöhen Sie max_connections, oder lassen Sie die Server Verbindungen über pgbouncer teilen.',
    },
    'database.fsync-off': {
      fact: 'fsync ist aus: Ein Absturz der Maschine kann alle Daten zerstören.',
      cure: 'Setzen Sie fsync = on in postgresql.conf.',
    },
    'database.unencrypted': {
      fact: 'Die Verbindung geht durch ein Netz und ist nicht verschlüsselt.',
      cure: 'Ergänzen Sie DATABASE_URL um ?sslmode=verify-full.',
    },
    'database.direct-absent': {
      fact: 'Dazwischen steht ein Pooler, durch den auch Migrationen gehen: Er kann eine lange abbrechen, oder sie wartet auf ihre eigene Verbindung.',
      cure: 'DATABASE_DIRECT_URL soll PostgreSQL selbst nennen.',
    },
    'database.direct-unreachable': {
      fact: 'DATABASE_DIRECT_URL: {why}',
      cure: 'Migrationen würden scheitern: Berichtigen Sie die Adresse.',
    },
    'database.direct-other': {
      fact: 'DATABASE_DIRECT_URL führt zu einer anderen Datenbank als DATABASE_URL: Jene würde migriert.',
      cure: 'Beide sollen dieselbe Datenbank nennen.',
    },
    'database.direct-pooled': {
      fact: 'Auch DATABASE_DIRECT_URL führt durch einen Pooler.',
      cure: 'Sie soll Host und Port von PostgreSQL selbst nennen.',
    },
    'database.direct': { fact: 'DATABASE_DIRECT_URL führt an jedem Pooler vorbei zu derselben Datenbank.' },
    'database.belt-pooled': {
      fact: 'Die Rolle {role} braucht eigene Verbindungen, die an einen Mandanten gebunden sind, und dazwischen steht ein Pooler.',
      cure: 'DATABASE_URL soll PostgreSQL selbst nennen, oder nehmen Sie den Eigentümer der Tabellen.',
    },
    'database.belt-open': {
      fact: 'Die Rolle {role} sieht einen Mandanten zur Zeit, kommt aber daran vorbei an die Tabellen {tables}.',
      cure: 'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}, und von Rollen, deren Mitglied sie ist; danach „lanyard migrate“.',
    },
    'database.belt': {
      fact: 'Der zweite Gurt ist an: Die Rolle {role} sieht einen Mandanten zur Zeit, und keine Tabelle.',
    },
    'database.belt-off': {
      fact: 'Der zweite Gurt ist aus: {why}.',
      cure: 'DATABASE_URL soll eine Rolle nennen, der nichts gehört, MIGRATION_DATABASE_URL den Eigentümer; danach „lanyard migrate“ (docs/tenants.md).',
    },
    'database.not-distributed': {
      fact: 'Sie hat Citus, und ihre Tabellen sind nicht verteilt (lanyard migrate --distribute).',
    },
    'database.distributed': { fact: 'Citus verteilt {count} Tabellen nach Mandanten.' },
    'database.misplaced': {
      fact: 'Tabellen sind verteilt, und diese sind nicht dort, wo sie sein sollten: {tables}.',
      cure: 'Halten Sie die Server an, und führen Sie „lanyard migrate --distribute“ aus.',
    },
    'database.leftover': {
      fact: 'Auf dem Datenträger des Koordinators liegen noch Zeilen, die auf die Knoten kopiert sind: {tables}.',
      cure: 'Halten Sie die Server an, und führen Sie „lanyard migrate --distribute“ aus.',
    },
    'database.node-silent': {
      fact: 'Der Knoten {name} antwortet nicht.',
      cure: 'Starten Sie ihn: Anfragen der Mandanten dort enden bis dahin mit 503.',
    },
    'database.node-inactive': {
      fact: 'Der Knoten {name} ist nicht aktiv.',
      cure: "Führen Sie auf dem Koordinator SELECT citus_activate_node('HOST', PORT) aus.",
    },
    'database.node-unread': {
      fact: 'Der Server kann am Knoten {name} nicht lesen: {why}. Stattdessen wird der Koordinator gefragt.',
      cure: 'Lassen Sie Server sich dort als Benutzer von DATABASE_URL verbinden (docs/citus.md), oder lassen Sie DATABASE_NODES weg.',
    },
    'database.node': { fact: 'Der Knoten {name} hat {shards} Shards{more}.' },

    'standby.unreachable': {
      fact: '{why}',
      cure: 'Starten Sie ihn, oder berichtigen Sie DATABASE_REPLICA_URLS. Lesezugriffe, die ältere Stände annehmen, gehen solange zum Primärserver.',
    },
    'standby.other': {
      fact: 'Es ist eine andere Datenbank als die von DATABASE_URL, und sie wird nie gelesen.',
      cure: 'DATABASE_REPLICA_URLS soll Standby-Server nennen, die der Datenbank von DATABASE_URL folgen.',
    },
    'standby.writable': {
      fact: 'Er nimmt Schreibzugriffe an: Er ist kein Standby-Server, oder keiner mehr, und wird nie gelesen.',
      cure: 'DATABASE_REPLICA_URLS soll Standby-Server nennen, und DATABASE_URL den Primärserver.',
    },
    'standby.follows': { fact: 'Er folgt der Datenbank von DATABASE_URL.' },
    'standby.timeline': {
      fact: 'Sein letzter Restart Point ist von einer anderen Timeline als der des Primärservers.',
      cure: 'Warten Sie nach einem Failover auf den nächsten Restart Point (checkpoint_timeout), oder legen Sie ihn neu an. Lesezugriffe, die ältere Stände annehmen, gehen solange zum Primärserver.',
    },
    'standby.late': {
      fact: 'Was der Primärserver hatte, kam nicht innerhalb von 5 s an.',
      cure: 'Sehen Sie in pg_stat_replication des Primärservers nach, und ob das Nachspielen angehalten ist oder auf lange Abfragen wartet.',
    },
    'standby.lag': { fact: 'Was der Primärserver hatte, war nach {seconds} s da.' },
    'standby.migrated': { fact: 'Alle sind da.' },
    'standby.behind': {
      fact: '{count} dieser Version fehlen.',
      cure: 'Migrieren Sie den Primärserver; dieser folgt ihm.',
    },
    'standby.unencrypted': {
      fact: 'Die Verbindung geht durch ein Netz und ist nicht verschlüsselt.',
      cure: 'Ergänzen Sie die URL um ?sslmode=verify-full.',
    },

    'address.unseen': {
      fact: '{address} ist von hier nicht erreichbar: {why}. Während der Server läuft, versuchen Sie es mit --base von dort, wo die Clients sind.',
    },
    'address.suspended': {
      fact: 'Der Mandant ist gesperrt: seine Adressen antworten mit 404.',
      cure: 'Der Betreiber kann ihn wieder freigeben: lanyard tenant resume NAME',
    },
    'address.unreachable': {
      fact: '{address} ist nicht erreichbar: {why}.',
      cure: 'Starten Sie den Server; prüfen Sie den Namen im DNS, und was der Proxy oder Load-Balancer weiterleitet.',
    },
    'address.redirects': {
      fact: '{address}/metadata leitet weiter zu {location}.',
      cure: 'PUBLIC_URL soll die Adresse sein, die selbst antwortet; Clients senden Token bei einer Weiterleitung nicht mit.',
    },
    'address.no-metadata': {
      fact: '{address}/metadata antwortet mit {status} und ohne CapabilityStatement.',
      cure: 'Dort antwortet etwas anderes: Der Proxy soll alles unterhalb des Pfades von PUBLIC_URL an diesen Server weiterleiten.',
    },
    'address.metadata': { fact: '{address} antwortet, und nennt sich auch so.' },
    'address.other-server': {
      fact: 'Was unter {address} antwortet, ist nicht der Server dieser Einstellungen; der ist {base}.',
      cure: 'Setzen Sie PUBLIC_URL des laufenden Servers auf das, was Clients aufrufen, ohne /fhir/r4, und starten Sie ihn neu.',
    },
    'address.other-name': {
      fact: 'Was unter {address} antwortet, nennt sich {said}.',
      cure: 'Setzen Sie PUBLIC_URL des laufenden Servers auf das, was Clients aufrufen, ohne /fhir/r4, und starten Sie ihn neu.',
    },
    'address.no-smart': {
      fact: 'smart-configuration ist nicht zu haben: {why}.',
      cure: 'Der Proxy soll auch Pfade weiterleiten, die unterhalb der FHIR-Basis mit .well-known beginnen; manche behalten sie für sich.',
    },
    'address.smart': { fact: 'Apps werden zu {issuer} geschickt, dessen Token hier gelten.' },
    'address.smart-other': {
      fact: 'Apps werden zu {issuer} geschickt, Token-Endpunkt {endpoint}; Token gelten von {issuers}.',
      cure: 'Starten Sie den Server neu, mit den Einstellungen, die hier gelesen werden; kein Proxy soll an seiner Stelle antworten.',
    },
    'address.protected-resource': { fact: 'Die Metadaten als geschützte Ressource nennen die FHIR-Basis.' },
    'address.no-protected-resource': {
      fact: '{address} ist nicht, worauf Ablehnungen verweisen: {why}.',
      cure: 'Der Proxy soll {path} an diesen Server weiterleiten.',
    },
    'address.credentials': { fact: 'Token kommen an, wie sie gesendet werden.' },
    'address.credentials-lost': {
      fact: 'Ein gesendetes Token kam nicht an: Der Proxy entfernt den Header Authorization.',
      cure: 'Der Proxy soll Authorization weiterleiten.',
    },
    'address.credentials-http': {
      fact: 'Was über https kam, kommt als http an: X-Forwarded-Proto fehlt, oder dem Absender wird nicht vertraut.',
      cure: 'Der Proxy soll X-Forwarded-Proto setzen; nennen Sie seine Adresse in TRUSTED_PROXIES.',
    },
    'address.credentials-unknown': {
      fact: 'Wie Token ankommen, lässt sich nicht sagen: {why}.',
      cure: 'Sehen Sie nach, ob etwas dazwischen anstelle dieses Servers antwortet.',
    },

    'tls.not-spoken': {
      fact: '{host}: {why}.',
      cure: 'Der Host soll TLS 1.2 oder 1.3 mit einem gewöhnlichen Zertifikat sprechen.',
    },
    'tls.expired': {
      fact: 'Dem Zertifikat von {host} ist nicht zu trauen: {code}.',
      cure: 'Erneuern Sie das Zertifikat.',
    },
    'tls.other-name': {
      fact: 'Dem Zertifikat von {host} ist nicht zu trauen: {code}.',
      cure: 'Verwenden Sie den Namen, für den das Zertifikat ausgestellt ist, oder lassen Sie es für diesen ausstellen.',
    },
    'tls.untrusted': {
      fact: 'Dem Zertifikat von {host} ist nicht zu trauen: {code}.',
      cure: 'Der Host soll seine ganze Zertifikatskette senden; für eine eigene Zertifizierungsstelle starten Sie diesen Server mit NODE_EXTRA_CA_CERTS=/path/to/authority.pem.',
    },
    tls: {
      fact: '{host} spricht {protocol}; das Zertifikat endet in {days} Tagen.',
      cure: 'Erneuern Sie das Zertifikat jetzt, und sehen Sie nach, warum das nicht von selbst geschah.',
    },

    'guides.problem': {
      fact: '{package}: {problem}',
      cure: 'Nichts ist zu tun, solange sich kein Client danach richtet.',
    },
    'guides.unseen': { fact: 'Was davon gilt, ist nicht zu sehen: /metadata antwortet nicht.' },
    'guides.absent': {
      fact: 'IMPLEMENTATION_GUIDES: {package} {problem}',
      cure: 'Ohne das Paket startet der Server nicht.',
    },
    'guides.no-requirements': {
      fact: '{package} sagt nichts über Server (kein CapabilityStatement der Art requirements).',
    },
    'guides.offered': { fact: '{package}: Alles, was {url} verlangt, wird angeboten.{recommended}' },
    'guides.not-offered': {
      fact: '{package}: Nicht angeboten, sodass /metadata {url} nicht beansprucht: {missing}.{recommended}',
      cure: 'Nichts ist zu tun, wenn kein Client darauf angewiesen ist; eine Anwendung kann Operationen und Suchparameter hinzufügen. Was noch indiziert wird, kommt später.',
    },

    'terminology.no-token': {
      fact: 'Er kann nicht gefragt werden: {address} gibt kein Token für ihn aus ({why}).',
      cure: 'Sehen Sie "client" in TERMINOLOGY_SERVERS an: tokenUrl, clientId, scope, und das Geheimnis oder den Schlüssel aus privateKeyFile, dessen öffentlicher Teil dort registriert sein muss.',
    },
    'terminology.unreachable': {
      fact: 'Er ist nicht zu erreichen: {why}.',
      cure: 'Öffnen Sie {address}/metadata von dieser Maschine aus; sehen Sie DNS, Firewall und Proxy an, oder berichtigen Sie "url" in TERMINOLOGY_SERVERS.',
    },
    'terminology.reachable': { fact: 'Er antwortet.' },
    'terminology.refused': {
      fact: 'Er weist die Zugangsdaten der Einstellungen ab ({status}).',
      cure: 'Sehen Sie "token", "user" oder "client" in TERMINOLOGY_SERVERS an: Er muss das Lesen von CodeSystem, ValueSet und ConceptMap und deren Operationen erlauben.',
    },
    'terminology.no-answer': {
      fact: 'Er beantwortet keine Suche nach einem CodeSystem: {why}.',
      cure: 'Lassen Sie "url" in TERMINOLOGY_SERVERS die FHIR-Basis sein, ohne etwas dahinter.',
    },
    'terminology.answers': { fact: 'Er nimmt die Zugangsdaten der Einstellungen an und beantwortet Fragen.' },
    'terminology.capabilities': { fact: 'Er sagt, was seine Terminologiedienste können.' },
    'terminology.statement': {
      fact: 'Er ist ein FHIR-Server für R4; was seine Terminologiedienste können, sagt er nicht.',
    },
    'terminology.other-version': {
      fact: 'Seine FHIR-Version ist {version}, und gefragt wird wie in R4.',
      cure: 'Lassen Sie "url" in TERMINOLOGY_SERVERS seine Basis für R4 nennen.',
    },
    'terminology.no-metadata': {
      fact: '{address}/metadata ist kein CapabilityStatement: {why}.',
      cure: 'Lassen Sie "url" in TERMINOLOGY_SERVERS die FHIR-Basis sein, ohne etwas dahinter.',
    },

    'issuer.unneeded': {
      fact: 'Die Metadaten sind nicht zu haben: {why}. Die Einstellung nennt die Schlüssel, sodass Token ohne sie geprüft werden können.',
    },
    'issuer.unreachable': {
      fact: 'Die Metadaten sind nicht zu haben: {why}.',
      cure: 'Öffnen Sie {address}/.well-known/openid-configuration von dieser Maschine aus. Erreichen andere die Adresse, prüfen Sie DNS, Firewall und Proxy; gibt es sie nirgends, berichtigen Sie „issuer“ in {setting}, oder nennen Sie „jwksUri“.',
    },
    'issuer.reachable': { fact: 'Die Metadaten sind veröffentlicht.' },
    'issuer.equal': { fact: 'Die Metadaten nennen denselben Aussteller, Buchstabe für Buchstabe.' },
    'issuer.other': {
      fact: 'Die Metadaten nennen den Aussteller {named}, {setting} hat {issuer}.{slash}',
      cure: 'Token sagen, was die Metadaten sagen: Schreiben Sie "issuer":"{named}" in {setting}.',
    },
    'issuer.keys-unknown': { fact: 'Wo die Schlüssel sind, ist ohne die Metadaten nicht bekannt.' },
    'issuer.keys-unreachable': {
      fact: 'Die Schlüssel sind nicht zu haben: {why}.',
      cure: 'Öffnen Sie {address} von dieser Maschine aus; ist es die falsche Adresse, nennen Sie „jwksUri“ in {setting}.',
    },
    'issuer.no-keys': {
      fact: 'Unter den Schlüsseln ist keiner, der Signaturen prüft (RSA ab 2048 Bit, oder EC).',
      cure: 'Der Aussteller soll mit einem dieser Algorithmen signieren; oder nennen Sie den, mit dem er signiert, in „algorithms“ von TRUSTED_ISSUERS.',
    },
    'issuer.no-fitting-keys': {
      fact: 'Keiner der Schlüssel passt zu {algorithms}: {keys}.',
      cure: 'Der Aussteller soll mit einem dieser Algorithmen signieren; oder nennen Sie den, mit dem er signiert, in „algorithms“ von TRUSTED_ISSUERS.',
    },
    'provider.no-keys': {
      fact: 'Unter den Schlüsseln ist keiner, der Signaturen prüft (RSA ab 2048 Bit, oder EC).',
      cure: 'Der Anbieter soll ID-Token mit einem dieser Algorithmen signieren.',
    },
    'provider.no-fitting-keys': {
      fact: 'Keiner der Schlüssel passt zu {algorithms}: {keys}.',
      cure: 'Der Anbieter soll ID-Token mit einem dieser Algorithmen signieren.',
    },
    'issuer.keys': { fact: 'Brauchbare Schlüssel: {usable} von {all}, für {algorithms}.' },
    'issuer.keys-unused': {
      fact: 'Token, die mit diesen Schlüsseln signiert sind, werden abgelehnt: {keys}.',
      cure: 'Nichts ist zu tun, wenn Access-Token mit anderen signiert werden; sonst nennen Sie den Algorithmus in „algorithms“ von {setting}.',
    },
    'issuer.kid-twice': {
      fact: 'Mehrere Schlüssel haben dieselbe kid: {kids}.',
      cure: 'Jeder Schlüssel braucht eine eigene kid: Lassen Sie den Aussteller das ändern, oder nennen Sie mit „jwksUri“ in {setting} einen anderen Schlüsselsatz. Token, die eine solche kid nennen, werden abgelehnt.',
    },
    'issuer.introspection': { fact: 'Wo nach Token gefragt wird, ist bekannt.' },
    'issuer.no-introspection': {
      fact: 'Der Aussteller soll nach Token gefragt werden, und seine Metadaten nennen keinen introspection_endpoint.',
      cure: 'Nennen Sie „endpoint“ von „introspection“ in {setting}, oder schalten Sie Introspection beim Aussteller ein.',
    },
    'fhir.unreachable': {
      fact: '{address} ist nicht zu bekommen: {why}.',
      cure: 'Geben Sie die FHIR-Basis an, wie Clients sie verwenden, etwa https://fhir.example/fhir/r4. Ein Server innerhalb eines Netzes wird gefragt, sobald JWKS_ALLOW_PRIVATE seinen Host nennt; "lanyard quickstart --base" fragt von dort, wo Sie sind.',
    },
    'fhir.no-capability': {
      fact: '{address} ist kein CapabilityStatement.',
      cure: 'Geben Sie die FHIR-Basis an: die Adresse, unter der /metadata liegt.',
    },
    'fhir.capability': { fact: '{address}: ein CapabilityStatement von FHIR {version}.' },
    'fhir.other-release': {
      fact: '{address}: ein CapabilityStatement von FHIR {version}; das ist nicht R4.',
      cure: 'Fragen Sie den Betreiber nach einer Basis für R4, falls es eine gibt.',
    },
    'fhir.other-name': {
      fact: 'Der Server nennt als seine Basis {said}.',
      cure: 'Ein Token ist für genau eine Adresse, Zeichen für Zeichen: finden Sie heraus, welche der beiden dessen Token nennen.',
    },
    'fhir.no-smart': {
      fact: 'Die smart-configuration ist nicht zu bekommen: {why}.',
      cure: 'Apps erfahren so von keinem Autorisierungsserver. Fragen Sie den Betreiber, wessen Token dort gelten, und sehen Sie sich diesen Aussteller an.',
    },
    'fhir.no-issuer': {
      fact: 'Die smart-configuration nennt keinen Aussteller.',
      cure: 'Fragen Sie den Betreiber, wessen Token dort gelten, und sehen Sie sich diesen Aussteller an.',
    },
    'fhir.smart': { fact: 'Die smart-configuration schickt Apps zu {issuer}.' },
    'fhir.capabilities': { fact: 'Fähigkeiten: {capabilities}.' },
    'fhir.backend': { fact: 'Backend-Dienste melden sich mit einem Schlüssel an (client-confidential-asymmetric).' },
    'fhir.no-backend': {
      fact: 'Unter den Fähigkeiten fehlt client-confidential-asymmetric.',
      cure: 'Backend-Dienste müssen sich vielleicht mit einem Geheimnis anmelden. Sehen Sie nach, ob sich private_key_jwt dort einschalten lässt.',
    },
    'issuer.smart-unsaid': { fact: 'Die Metadaten sagen nichts über {member}.' },
    'issuer.smart': { fact: '{member} hat {values}.' },
    'issuer.smart-missing': {
      fact: 'In {member} fehlt {values}. {why}',
      cure: 'Sehen Sie nach, ob es sich dort einschalten lässt.',
    },

    'console.no-client': {
      fact: 'Für die Konsole bringt man ein Token mit. Anmelden kann man sich, sobald CONSOLE_CLIENT_ID einen Client bei einem Aussteller aus TRUSTED_ISSUERS nennt, mit der Redirect-Adresse {redirect} (docs/console.md).',
    },
    'console.untrusted': {
      fact: 'Anmelden würde man sich für die Konsole bei {issuer}, dessen Token hier nicht gelten.',
      cure: 'Nennen Sie diesen Aussteller in TRUSTED_ISSUERS, oder einen anderen in CONSOLE_ISSUER.',
    },
    'console.trusted': { fact: 'Man meldet sich bei {issuer} an, dessen Token hier gelten.' },
    'console.no-discovery': {
      fact: 'Niemand kann sich anmelden: Die Metadaten von {issuer} sind nicht zu haben: {why}.',
      cure: 'Der Aussteller soll /.well-known/openid-configuration veröffentlichen; „jwksUri“ in TRUSTED_ISSUERS genügt für Token, nicht für die Konsole.',
    },
    'console.discovery': { fact: 'Die Metadaten sind da, unter dem eigenen Namen.' },
    'console.other-issuer': {
      fact: 'Niemand kann sich anmelden: Die Metadaten nennen einen anderen Aussteller als {issuer}.',
      cure: 'Schreiben Sie den Aussteller in TRUSTED_ISSUERS und CONSOLE_ISSUER so, wie die Metadaten ihn schreiben, Buchstabe für Buchstabe.',
    },
    'console.endpoints': { fact: 'Die Metadaten nennen, wo man sich anmeldet, und wo es Token gibt.' },
    'console.no-endpoints': {
      fact: 'Niemand kann sich anmelden: Die Metadaten nennen keinen {missing} mit https.',
      cure: 'Sehen Sie nach, ob der Aussteller ein Autorisierungsserver mit einer Anmeldung für Menschen ist.',
    },
    'console.code': { fact: 'Der Authorization Code Flow ist dort vorhanden.' },
    'console.code-unsaid': {
      fact: 'Die Metadaten sagen nicht, ob es den Authorization Code Flow gibt (response_types_supported).',
    },
    'console.no-code': {
      fact: 'Niemand kann sich anmelden: Die Metadaten nennen den Authorization Code Flow nicht.',
      cure: 'Schalten Sie dort den Response Type „code“ und den Grant Type „authorization_code“ ein.',
    },
    'console.pkce': { fact: 'PKCE wird dort mit S256 geprüft.' },
    'console.pkce-unsaid': {
      fact: 'Die Metadaten sagen nicht, ob PKCE geprüft wird (code_challenge_methods_supported).',
      cure: 'Nichts ist zu tun, wenn die Dokumentation sagt, dass S256 geprüft wird; sonst schalten Sie PKCE dort ein, denn ein gestohlener Code genügt sonst zur Anmeldung.',
    },
    'console.no-pkce': {
      fact: 'Die Metadaten nennen für PKCE kein S256, das die Konsole verwendet.',
      cure: 'Schalten Sie dort PKCE mit S256 ein.',
    },
    'console.client': {
      fact: 'Dort zu registrieren: der öffentliche Client {client} mit der Redirect-Adresse {redirect}; Anfragen von Browsern müssen von {origin} erlaubt sein (CORS). Ob das geschehen ist, ist von hier nicht zu sehen.',
    },

    'administration.nobody': {
      fact: 'Kein Konto darf Benutzer über HTTP verwalten (admin/User oder admin/*).',
      cure: 'Führen Sie aus: lanyard user set NAME --administrator',
    },
    'administration.one': { fact: '1 Konto darf Benutzer verwalten.' },
    'administration.several': { fact: '{count} Konten dürfen Benutzer verwalten.' },
    'administration.lost': {
      fact: 'Diese Konten verwalteten in 0.1.0 mit user/*.cruds und tun es nicht mehr: {names}.',
      cure: 'Wer verwalten soll, bekommt alles durch „lanyard user set NAME --administrator“, oder einen Teil durch --grants "… admin/User.u". Für die anderen: --no-administrator.',
    },
    'administration.consent-exempt': { fact: 'Einwilligungen gelten gar nicht für {names}.' },
    'administration.own-ids': { fact: 'Solange Einwilligungen etwas verweigern, wählen Ids: {names}.' },

    'outbox.dead': {
      fact: '{count} Ereignisse für {listener} ließen sich drei Tage lang nicht zustellen.',
      cure: 'Sehen Sie sie an mit „lanyard outbox list --hook {listener}“, dann „resend“ oder „discard“.',
    },
    'outbox.waiting': { fact: '{count} Ereignisse warten auf {listener}, das älteste seit {seconds} s.' },
    'outbox.filling': {
      fact: '{count} Ereignisse warten auf {listener}, das älteste seit {seconds} s. Mit {dead} unzustellbaren ist das mehr als die Hälfte von OUTBOX_LIMIT ({limit}); darüber hinaus werden die ältesten unzugestellt entfernt.',
      cure: 'Beheben Sie, was der Hook meldet, oder entfernen Sie mit „lanyard outbox discard“, was niemand braucht; die Fehler stehen im Log.',
    },

    tenants: { fact: '{count} Mandanten{suspended}.' },
    'tenants.importing': {
      fact: 'Ein Import läuft oder brach ab bei {names}.',
      cure: 'Wo keiner läuft: lanyard tenant erase NAME',
    },
    'tenants.erasing': {
      fact: 'Alle Zeilen werden entfernt von {names}.',
      cure: 'Laufende Server machen weiter; oder: lanyard tenant erase NAME',
    },
    'tenants.settings': {
      fact: 'Eigene Einstellungen sind nicht lesbar oder vertragen sich nicht mit denen des Prozesses, sodass niemand Antwort bekommt bei {names}.',
      cure: 'Den Grund nennt „lanyard --tenant NAME doctor“; ändern: lanyard tenant settings NAME --set …',
    },
    'tenants.limit': {
      fact: 'Neun Zehntel der Grenze „{limit}“ nutzen {names}.',
      cure: 'Erhöhen Sie sie, wo das richtig ist: lanyard tenant limits NAME --set {limit}=…',
    },

    'token.form': { fact: 'Es ist ein signiertes JWT.' },
    'token.header': { fact: 'Der Header verlangt nichts Unbekanntes.' },
    'token.kind': { fact: 'Es ist ein Access-Token.' },
    'token.issuer': { fact: 'Dem Aussteller wird vertraut.' },
    'token.algorithm': { fact: 'Der Algorithmus ist erlaubt.' },
    'token.key': { fact: 'Der Aussteller veröffentlicht den Schlüssel.' },
    'token.signature': { fact: 'Die Signatur stimmt.' },
    'token.audience': { fact: 'Es ist für diesen Server ausgestellt.' },
    'token.time': { fact: 'Es gilt jetzt.' },
    'token.claims': { fact: 'Die Claims haben die Form, die sie haben sollen.' },
    'token.binding': { fact: 'Es ist an keinen Schlüssel gebunden, den der Aufrufer nachweisen müsste.' },
    'token.introspection': { fact: 'Der Aussteller wurde gefragt und bürgt dafür.' },
    'token.verifier': { fact: 'Der Token-Prüfer bürgt dafür.' },
    'token.revocation': { fact: 'Es wurde nicht widerrufen.' },
    'token.refused': { fact: '{code}: {fact}', cure: '{cure}' },
    'token.unseen': { fact: 'Nicht angesehen: {why}.' },
    'token.scopes': { fact: 'Für {kind} {subject} gelten: {scopes}.' },
    'token.no-scopes': {
      fact: 'Keiner der Scopes gilt für {kind} {subject}.',
      cure: 'Fordern Sie Scopes wie patient/*.rs oder user/*.rs an.',
    },
    'token.scope-ignored': { fact: '{scope} gilt nicht: {why}.', cure: '{cure}' },
    'token.scope-formless': {
      fact: '{scope} gilt nicht: {why}.',
      cure: 'Fordern Sie ihn in der Form an, die gilt, oder lassen Sie ihn weg.',
    },
  },
};
