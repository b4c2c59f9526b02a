#!/usr/bin/env node
// What npm installs as `dapr-shared`; files beside it are its names for kubectl. In a checkout it is the source. Installed
// by npm it is the bundle where the package has one; one that npm fetched with git has none, as nothing runs at an install,
// and is the source without its types.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as modules from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const BUNDLE = new URL('../dist/dapr-shared.mjs', import.meta.url)
const MAIN = new URL('../src/main.ts', import.meta.url)
const COMPILED = new URL('../.cache/compiled/', import.meta.url)
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 24 || (major === 24 && minor < 11)) {
  const node = installedNode()
  if (node === undefined) complain()
  else runWith(node)
} else {
  // every start compiles the same files, and every tab of a completion is a start
  modules.enableCompileCache(fileURLToPath(COMPILED))
  const isInstalled = import.meta.url.includes('/node_modules/')
  const isBundled = isInstalled && existsSync(BUNDLE)
  if (isInstalled && !isBundled) await import('./strip-types.js')
  await import(isBundled ? BUNDLE.href : MAIN.href)
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
  // it is made for glibc, and npm brings it to machines with another C library, too
  child.on('error', (error) => complain(` The one that came along does not start here (${error.message}).`))
  // as a shell tells of a signal: 1 would say that something was refused
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 2) : 128 + constants.signals[signal]
  })
  // a terminal tells both of SIGINT, others tell only us
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
}

function complain(more = '') {
  process.stderr.write(
    `dapr-shared needs Node.js 24.11 or newer, and this is ${process.versions.node} (${process.execPath}).${more} Install it, or put it first in PATH.\n`,
  )
  process.exitCode = 2
}
