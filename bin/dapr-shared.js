#!/usr/bin/env node
// What npm installs as `dapr-shared`, and for kubectl as `kubectl-dapr_shared` and `kubectl_complete-dapr_shared`. In a
// checkout it is the source. Installed by npm it is the bundle where the package has one; one that npm fetched with git
// has none, as nothing runs at an install, and Node strips no types below node_modules: they are stripped here then.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import * as modules from 'node:module'

const BUNDLE = new URL('../dist/dapr-shared.mjs', import.meta.url)
const SOURCE = new URL('../src/', import.meta.url).href
const MAIN = `${SOURCE}main.ts`
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 24 || (major === 24 && minor < 11)) {
  const node = installedNode()
  if (node === undefined) complain()
  else runWith(node)
} else if (!import.meta.url.includes('/node_modules/')) {
  await import(MAIN)
} else if (existsSync(BUNDLE)) {
  await import(BUNDLE.href)
} else {
  stripTypesOf(SOURCE)
  await import(MAIN)
}

/** Node.js itself is among our optional dependencies, for machines that have an older one. */
function installedNode() {
  try {
    const require = modules.createRequire(import.meta.url)
    return require.resolve(`node-${process.platform}-${process.arch}/bin/node`)
  } catch {
    return undefined
  }
}

/** @param {string} node */
function runWith(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  child.on('exit', (code) => (process.exitCode = code ?? 1))
  // a terminal tells both of SIGINT, others tell only us
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
}

function complain() {
  process.stderr.write(
    `dapr-shared needs Node.js 24.11 or newer, and this is ${process.versions.node} (${process.execPath}). Install it, or put it first in PATH.\n`,
  )
  process.exitCode = 2
}

/** @param {string} folder */
function stripTypesOf(folder) {
  withoutWarning(() => modules.stripTypeScriptTypes(''))
  modules.registerHooks({
    load(url, context, next) {
      if (!url.startsWith(folder) || !url.endsWith('.ts')) return next(url, context)
      const source = modules.stripTypeScriptTypes(readFileSync(new URL(url), 'utf8'))
      return { format: 'module', source, shortCircuit: true }
    },
  })
}

/**
 * The first use tells that the function is experimental, on the standard error of whoever runs us.
 *
 * @param {() => void} call
 */
function withoutWarning(call) {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => {}
  call()
  process.emitWarning = emitWarning
}
