import { grant, type InvalidCase } from '../resource-case.ts'

/** Grants that say too little, or too much. */

export const GRANTS: readonly InvalidCase[] = [
  {
    name: 'a grant of nothing',
    object: grant('{from: [{namespace: shop}]}'),
    at: 'spec.appIds',
    says: 'is required',
  },
  { name: 'a grant to nobody', object: grant('{appIds: [orders]}'), at: 'spec.from', says: 'is required' },
  {
    name: 'a grant to an empty list',
    object: grant('{appIds: [orders], from: []}'),
    at: 'spec.from',
    says: 'wanted at least 1 entry',
  },
  {
    name: 'a grant to no ServiceAccount',
    object: grant('{appIds: [orders], from: [{namespace: shop, serviceAccounts: []}]}'),
    at: 'spec.from[0].serviceAccounts',
    says: 'wanted at least 1 entry',
  },
  {
    name: 'a grant to every namespace',
    object: grant('{appIds: [orders], from: [{namespace: "*"}]}'),
    at: 'spec.from[0].namespace',
    says: 'wanted a name',
  },
  {
    name: 'a grant to one namespace twice',
    object: grant('{appIds: [orders], from: [{namespace: shop}, {namespace: shop, serviceAccounts: [a]}]}'),
    at: 'spec.from[1]',
    says: 'shop stands in the list twice',
  },
]
