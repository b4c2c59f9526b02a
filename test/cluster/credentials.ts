import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeKubeconfig } from './kubeconfig.ts'
import { recordOf } from './record-of.ts'

const clusterUsers = ['admin', 'alice', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const

export type ClusterUser = (typeof clusterUsers)[number]

/** What the API server takes them for; it adds the group `system:authenticated`. */
const identities: Record<ClusterUser, { name: string; group: string }> = {
  admin: { name: 'admin', group: 'system:masters' },
  alice: { name: 'alice', group: '' },
  'kube-controller-manager': { name: 'system:kube-controller-manager', group: '' },
  'kube-scheduler': { name: 'system:kube-scheduler', group: '' },
  kwok: { name: 'kwok', group: 'system:masters' },
}

/** Tokens of the users and paths of the files, all in `dir`, that the programs of a cluster read them from. */
export interface Credentials {
  tokens: Record<ClusterUser, string>
  kubeconfigs: Record<ClusterUser, string>
  tokensFile: string
  serviceAccountKey: string
}

/** Makes up new tokens and keys, and writes their files into `dir`. `caFile` need not exist yet. */
export function createCredentials(dir: string, url: string, caFile: string): Credentials {
  const tokens = recordOf(clusterUsers, () => randomBytes(24).toString('hex'))
  const tokensFile = join(dir, 'tokens.csv')
  const lines = clusterUsers.map((user) => {
    const { name, group } = identities[user]
    return `${tokens[user]},${name},${user},${group}\n`
  })
  writeFileSync(tokensFile, lines.join(''), { mode: 0o600 })

  const kubeconfigs = recordOf(clusterUsers, (user) =>
    writeKubeconfig(join(dir, `${user}.kubeconfig`), {
      url,
      caFile,
      token: tokens[user],
      user: identities[user].name,
    }),
  )

  const serviceAccountKey = join(dir, 'service-account.key')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(serviceAccountKey, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })

  return { tokens, kubeconfigs, tokensFile, serviceAccountKey }
}
