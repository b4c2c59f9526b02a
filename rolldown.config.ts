import { defineConfig } from 'rolldown'

/**
 * The program without its dependencies' folders. In chunks, as a server on a folder of manifests never loads that of
 * the Kubernetes client: measured, 86 MB resident instead of 107 MB with everything in one file.
 */
export default defineConfig({
  // a thread starts with a file of its own
  input: { 'dapr-shared': 'src/main.ts', 'test-worker': 'src/cli/suites/test-worker.ts' },
  platform: 'node',
  output: {
    dir: 'dist',
    cleanDir: true,
    format: 'esm',
    minify: true,
    comments: false,
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  },
})
