import { Alert, Card, Stack, Table, Text, Title } from '@mantine/core';
import { type Claims, decodeJwt } from '../../login/claims.js';
import { type MessageKey, useMessages } from '../../messages/messages.js';

/** Seconds since 1970, by RFC 7519. */
const times: readonly string[] = ['exp', 'iat', 'nbf', 'auth_time'];

const meanings: Readonly<Record<string, MessageKey>> = {
  iss: 'claims.iss',
  sub: 'claims.sub',
  aud: 'claims.aud',
  exp: 'claims.exp',
  nbf: 'claims.nbf',
  iat: 'claims.iat',
  jti: 'claims.jti',
  scope: 'claims.scope',
  scp: 'claims.scope',
  client_id: 'claims.client',
  azp: 'claims.client',
  appid: 'claims.client',
  fhirUser: 'claims.fhirUser',
  patient: 'claims.patient',
  kid: 'claims.kid',
  alg: 'claims.alg',
  typ: 'claims.typ',
};

/** Content of the token, decoded in this browser: no server is asked, and nothing of it is verified. */
export function ClaimsView({ token }: { readonly token: string }) {
  const t = useMessages();
  if (token === '') return null;
  const decoded = decodeJwt(token);
  if (!decoded) return <Alert role="note">{t('claims.none')}</Alert>;
  return (
    <Card withBorder padding="sm" component="section" aria-label={t('claims.title')}>
      <Stack gap="xs">
        <Title order={2} size="h5">
          {t('claims.title')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('claims.what')}
        </Text>
        <ClaimTable claims={decoded.header} caption={t('claims.header')} />
        <ClaimTable claims={decoded.payload} caption={t('claims.payload')} />
      </Stack>
    </Card>
  );
}

function ClaimTable({ claims, caption }: { readonly claims: Claims; readonly caption: string }) {
  const t = useMessages();
  return (
    <Table captionSide="top">
      <Table.Caption ta="left">{caption}</Table.Caption>
      <Table.Tbody>
        {Object.entries(claims).map(([name, value]) => {
          const meaning = meanings[name];
          return (
            <Table.Tr key={name}>
              <Table.Th scope="row" w="40%" className="break">
                <span className="code">{name}</span>
                {meaning !== undefined && (
                  <Text size="xs" c="dimmed">
                    {t(meaning)}
                  </Text>
                )}
              </Table.Th>
              <Table.Td className="break">
                <span className="code">{typeof value === 'string' ? value : JSON.stringify(value)}</span>
                {times.includes(name) && typeof value === 'number' && Math.abs(value) < 1e12 && (
                  <Text size="xs" c="dimmed">
                    {t.dateTime(new Date(value * 1_000))}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
