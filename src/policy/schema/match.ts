import { labelSelector } from './label-selector.ts'
import { appIdPattern, dnsLabel, dnsSubdomain, workloadKind } from './names.ts'
import { part, setOf } from './parts.ts'

export const match = part(
  'Which pods that ask for an instance this policy governs: those for which every given part holds. Absent: all of them.',
  {
    namespaceSelector: labelSelector("Labels of the pod's namespace.").exactOptional(),
    excludeNamespaces: setOf(
      'Namespaces that are left out, by their exact names.',
      dnsLabel('The name of a namespace.'),
    ).exactOptional(),
    objectSelector: labelSelector('Labels of the pod itself.').exactOptional(),
    workloadKinds: setOf(
      'Kinds of the workload at the top, such as the Deployment of a pod or the CronJob of a Job; Pod for a pod that no workload made.',
      workloadKind(
        'Kind, or Kind.group outside the groups core, apps and batch, such as Rollout.argoproj.io.',
      ),
    ).exactOptional(),
    serviceAccounts: setOf(
      'Names of the ServiceAccounts that the pods run as; never those of who creates them.',
      dnsSubdomain('The name of a ServiceAccount.'),
    ).exactOptional(),
    appIds: setOf(
      'The app-ids that the pods ask for.',
      appIdPattern('An app-id, or the beginning of app-ids with a * at the end.'),
    ).exactOptional(),
  },
  { notEmpty: true },
)
