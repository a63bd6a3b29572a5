import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// One HTML file a page, all hashed files in dist/assets: the API serves that folder at /assets and each page at its own path.
export default defineConfig({
  base: '/',
  plugins: [react()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Monaco alone is about 3 MB and is loaded after the page stands.
    chunkSizeWarningLimit: 4096,
    reportCompressedSize: false,
    rollupOptions: {
      input: { graphiql: 'graphiql/index.html' },
      onwarn(warning, warn) {
        // Libraries mark files for the React compiler, which has already run over what they publish.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
});
