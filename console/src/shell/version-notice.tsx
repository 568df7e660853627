import { Alert, Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useServer } from '../login/use-login.js';
import { useMessages } from '../messages/messages.js';
import { loadConfig } from '../server/console-config.js';
import { consoleVersion } from '../server/console-version.js';

const everyMs = 300_000;

/** Says so where the server is older or newer than this page: it was replaced while the page stayed open, or is being replaced. */
export function VersionNotice() {
  const t = useMessages();
  const { config } = useServer();
  const { data } = useQuery({
    queryKey: ['config'],
    queryFn: loadConfig,
    initialData: config,
    staleTime: everyMs,
    refetchInterval: everyMs,
  });
  if (data.version === consoleVersion) return null;
  return (
    <Alert role="status" color="orange" mb="md" title={t('version.differs')}>
      <Stack align="flex-start" gap="xs">
        <Text size="sm">{t('version.differs.what', { console: consoleVersion, server: data.version })}</Text>
        <Button variant="default" onClick={() => location.reload()}>
          {t('version.reload')}
        </Button>
      </Stack>
    </Alert>
  );
}
