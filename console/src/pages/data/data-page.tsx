import { Route, Routes } from 'react-router';
import { NotFoundPage } from '../../parts/not-found-page.js';
import { CreateView } from './resource/create-view.js';
import { ResourceView } from './resource/resource-view.js';
import { SearchView } from './searching/search-view.js';
import { TypesView } from './types-view.js';

/** Stored data: types, searches, resources. Searches are in the fragment of the address, which no server is told. */
export function DataPage() {
  return (
    <Routes>
      <Route index element={<TypesView />} />
      <Route path=":type" element={<SearchView />} />
      {/* No resource can have this id. */}
      <Route path=":type/_new" element={<CreateView />} />
      <Route path=":type/:id" element={<ResourceView />} />
      <Route path=":type/:id/_history/:version" element={<ResourceView />} />
      <Route path="*" element={<NotFoundPage />} />
    </Routes>
  );
}
