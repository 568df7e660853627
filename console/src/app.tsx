import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { BrowserRouter } from 'react-router';
import { colourScheme } from './colour-scheme.js';
import { Connect } from './login/connect.js';
import { MessagesProvider } from './messages/messages-provider.js';
import { ErrorBoundary } from './parts/error-boundary.js';
import { consoleBase } from './server/console-config.js';
import { AnswerRefused } from './server/fhir-client.js';
import { Shell } from './shell/shell.js';
import { styleNonce } from './style-nonce.js';
import { readableColours, theme } from './theme.js';

/** A refusal stays one, however often it is asked for. */
const queries = new QueryClient({
  defaultOptions: {
    // A lost connection is told at once; waiting for it in silence looks like a stall.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      retry: (failures, error) => !(error instanceof AnswerRefused) && failures < 2,
      refetchOnWindowFocus: false,
      staleTime: 30_000,
    },
  },
});

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={readableColours}
      colorSchemeManager={colourScheme}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <MessagesProvider>
        <ErrorBoundary>
          <QueryClientProvider client={queries}>
            <BrowserRouter basename={consoleBase().pathname.replace(/\/$/, '')}>
              <Connect>
                <Shell />
              </Connect>
            </BrowserRouter>
          </QueryClientProvider>
        </ErrorBoundary>
      </MessagesProvider>
    </MantineProvider>
  );
}
