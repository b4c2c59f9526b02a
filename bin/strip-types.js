// Node strips no types below node_modules. Importing this file has them stripped from our source there; each file once, as
// that takes longer than all the rest of a start.
import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import * as modules from 'node:module'

const SOURCE = new URL('../src/', import.meta.url).href
const KEPT = new URL('../.cache/stripped/', import.meta.url)

modules.registerHooks({
  load(url, context, next) {
    if (!url.startsWith(SOURCE) || !url.endsWith('.ts')) return next(url, context)
    return { format: 'module', source: stripped(readFileSync(new URL(url), 'utf8')), shortCircuit: true }
  },
})

/**
 * By the content, as npm gives all files of a package the same date.
 *
 * @param {string} source
 */
function stripped(source) {
  const kept = new URL(`${hash('sha256', source)}.js`, KEPT)
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const script = withoutWarning(() => modules.stripTypeScriptTypes(source))
    keep(script, kept)
    return script
  }
}

/**
 * Whole or not at all, as another may read it. Where an administrator has installed us nothing can be kept.
 *
 * @param {string} script
 * @param {URL} kept
 */
function keep(script, kept) {
  try {
    mkdirSync(KEPT, { recursive: true })
    const unfinished = new URL(`${kept.href}.${process.pid}`)
    writeFileSync(unfinished, script)
    renameSync(unfinished, kept)
  } catch {}
}

/**
 * The first use tells that the function is experimental, on the standard error of whoever runs us.
 *
 * @param {() => string} call
 */
function withoutWarning(call) {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => {}
  try {
    return call()
  } finally {
    process.emitWarning = emitWarning
  }
}
