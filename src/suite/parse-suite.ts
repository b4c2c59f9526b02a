import { Composer, isScalar, LineCounter, Parser, visit, type Document } from 'yaml'
import type { Manifest } from '../state/manifest.ts'
import { manifestsOf, YAML_OPTIONS } from '../state/parse-manifests.ts'

/**
 * The objects of a suite's text. Values are what they are to kubectl, but names are as they are written: a matrix may
 * call something `n`, and a container have a variable `NO`, which are no booleans.
 *
 * @throws ManifestError for what is no YAML, or no object
 */
export function parseSuite(written: string, file: string): Manifest[] {
  const text = written.replace(/^\uFEFF/, '')
  const lines = new LineCounter()
  const documents = new Composer(YAML_OPTIONS).compose(new Parser(lines.addNewLine).parse(text))
  const manifests: Manifest[] = []
  let number = 0
  for (const document of documents) {
    number += 1
    keepNames(document)
    manifests.push(...(manifestsOf(document, number, { file, text, lines }) ?? []))
  }
  return manifests
}

function keepNames(document: Document.Parsed): void {
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.type !== 'PLAIN' || typeof key.source !== 'string') return
      // `<<` merges
      if (typeof key.value === 'boolean' || typeof key.value === 'number' || key.value === null) {
        key.value = key.source
      }
    },
  })
}
