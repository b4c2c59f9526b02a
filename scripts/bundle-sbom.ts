import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'rolldown'

interface PackageJson {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/**
 * Writes `sbom.cdx.json` beside the bundle: every package of which there is code in it, in CycloneDX 1.6. `npm sbom
 * --omit=dev` is not asked, as it leaves out what a package for development wants, too: yaml, for one. Without time and
 * serial number, so that the same sources give the same file.
 */
export function bundleSbom(): Plugin {
  return {
    name: 'bundle-sbom',
    generateBundle(_, bundle) {
      const ids = Object.values(bundle).flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))
      const found = new Map(ids.flatMap(packageOf).map((one) => [purlOf(one), one]))
      const components = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1))
      const own = readPackage('package.json')
      const sbom = {
        bomFormat: 'CycloneDX',
        specVersion: '1.6',
        version: 1,
        metadata: { component: { type: 'application', name: own.name, version: own.version } },
        components: components.map(([purl, { name, version, license }]) => ({
          type: 'library',
          'bom-ref': purl,
          name,
          version,
          purl,
          licenses: [licenseOf(license)],
        })),
      }
      this.emitFile({
        type: 'asset',
        fileName: 'sbom.cdx.json',
        source: `${JSON.stringify(sbom, null, 2)}\n`,
      })
    },
  }
}

/** By its SPDX id; what is no id is a name (CycloneDX 1.6, `licenses`). */
function licenseOf(license: string | undefined): object {
  if (license === undefined) return { license: { name: 'unknown' } }
  if (/ (OR|AND|WITH) /.test(license)) return { expression: license }
  return { license: { id: license } }
}

/** The package of a module; none for our own, and for what the bundler made. */
function packageOf(id: string): PackageJson[] {
  const at = id.lastIndexOf('/node_modules/')
  if (at === -1) return []
  // some packages have folders with a package.json of no name, to say of which type their modules are
  const top = id.slice(0, at + '/node_modules/'.length)
  for (let folder = dirname(id); folder.length > top.length; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (!existsSync(file)) continue
    const json = readPackage(file)
    if (typeof json.version === 'string') return [json]
  }
  throw new Error(`${id}: no package.json above it tells of which package it is`)
}

function readPackage(file: string): PackageJson {
  return JSON.parse(readFileSync(file, 'utf8')) as PackageJson
}

/** https://github.com/package-url/purl-spec: the @ of a scope is escaped */
function purlOf({ name, version }: PackageJson): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}
