import { defineConfig, type Plugin } from 'rolldown'
import { bundleSbom } from './scripts/bundle-sbom.ts'

/**
 * Of undici, what src/kube uses. Its entry also loads mocks, caches, a second `fetch` and WebSockets: measured together with
 * that of node:http, 4 MB resident and 30 ms of CPU at the start.
 */
const UNDICI = `
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
import api from 'undici/lib/api/index.js'
Object.assign(Dispatcher.prototype, api)
export { default as Agent } from 'undici/lib/dispatcher/agent.js'
export { default as ProxyAgent } from 'undici/lib/dispatcher/proxy-agent.js'
// named by modules of client-node that are left out
export const fetch = undefined
`

/** An `import` of node:http reads all that it exports, WebSocket too, for which Node loads its own undici; this does not. */
const HTTP = `module.exports = process.getBuiltinModule('node:http')`

const PARTS: Readonly<Record<string, string>> = { undici: UNDICI, 'node:http': HTTP, http: HTTP }

/** Puts smaller modules in the place of whole ones, wherever they are imported. */
const partsOnly: Plugin = {
  name: 'parts-only',
  resolveId: (id) => (id in PARTS ? `\0parts-only:${id}${PARTS[id] === HTTP ? '.cjs' : '.mjs'}` : null),
  load(id) {
    const name = /^\0parts-only:(.*)\.[cm]js$/.exec(id)?.[1]
    return name === undefined ? null : (PARTS[name] ?? null)
  },
}

/** V8 keeps the source of what runs, with two bytes for each letter where a single one is not of Latin 1. */
const latinOnly: Plugin = {
  name: 'latin-only',
  // not renderChunk: the minifier comes after it, and writes letters for escapes again
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk') chunk.code = escaped(chunk.code)
  },
}

function escaped(code: string): string {
  return code.replaceAll(/[^\0-\u00FF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * The program without its dependencies' folders. In chunks, as a server on a folder of manifests never loads that of
 * the Kubernetes client: measured, 86 MB resident instead of 107 MB with everything in one file.
 */
export default defineConfig({
  // a thread starts with a file of its own
  input: { 'dapr-shared': 'src/main.ts', 'test-worker': 'src/cli/suites/test-worker.ts' },
  platform: 'node',
  plugins: [partsOnly, latinOnly, bundleSbom()],
  treeshake: {
    moduleSideEffects: [
      // seven hundred models of the API, of which nothing is used: measured, 450 kB of bundle and 3 MB resident
      { test: /@kubernetes\/client-node/, sideEffects: false },
      { test: /./, sideEffects: true },
    ],
  },
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
