import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findAssets } from '../test/cluster/assets.ts'
import { INSTALL_MANIFEST, installManifest } from './install-manifest.ts'

/** Part of `npm run chart`: writes the plain manifests, with the Helm that the tests use (built, where it is not there yet). */
const result = await findAssets(['helm'])
if (!result.found) throw new Error(`no helm to render ${INSTALL_MANIFEST} with: ${result.reason}`)
const text = await installManifest(result.assets.programs.helm)
writeFileSync(join(import.meta.dirname, '..', INSTALL_MANIFEST), text)
