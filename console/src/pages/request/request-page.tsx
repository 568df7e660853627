import { Route, Routes } from 'react-router';
import { NotFoundPage } from '../../parts/not-found-page.js';
import { GraphqlPage } from './graphql-page.js';
import { RequestPanelPage } from './request-panel-page.js';

/** Requests that people write themselves. */
export const RequestPage = () => (
  <Routes>
    <Route index element={<RequestPanelPage />} />
    <Route path="graphql" element={<GraphqlPage />} />
    <Route path="*" element={<NotFoundPage />} />
  </Routes>
);
