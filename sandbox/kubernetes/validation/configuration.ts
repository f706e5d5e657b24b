import type { Json } from '../../exchange.ts'
import type { KubernetesObject } from '../../world.ts'
import { equal } from '../server-side-apply/typed-value.ts'
import type { StatusCause } from '../status.ts'
import { eachFault, forbidden, invalid, required, unless, when } from './faults.ts'
import { configKey } from './formats.ts'

/** A ConfigMap or Secret. */
export interface Configuration extends KubernetesObject {
  data?: Record<string, string>
  binaryData?: Record<string, string>
  immutable?: boolean
  type?: string
}

export function validateConfigMap(configMap: Configuration, live: Configuration | undefined): StatusCause[] {
  const { data = {}, binaryData = {} } = configMap
  const duplicates = Object.keys(data).filter(key => key in binaryData)
  return [
    ...(live ? validateImmutable(configMap, live) : []),
    ...validateKeys('data', data),
    ...duplicates.map(key => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...validateKeys('binaryData', binaryData),
  ]
}

export function validateSecret(secret: Configuration, live: Configuration | undefined): StatusCause[] {
  const isRetyped = live !== undefined && live.type !== secret.type
  return [
    ...when(isRetyped, invalid('type', secret.type, 'field is immutable')),
    ...(live ? validateImmutable(secret, live) : []),
    ...validateKeys('data', secret.data ?? {}),
    ...missingKeys(secret).map(key => required(`data[${key}]`)),
  ]
}

/** What a Secret of a well-known type has to hold. */
function missingKeys({ type = '', data = {} }: Configuration): string[] {
  if (type === 'kubernetes.io/basic-auth')
    return 'username' in data || 'password' in data ? [] : ['username', 'password']
  const keys = neededKeys[type] ?? []
  return keys.filter(key => !(key in data))
}

const neededKeys: Record<string, string[]> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
}

const validateKeys = (field: string, data: Record<string, string>): StatusCause[] =>
  Object.keys(data).flatMap(key => eachFault(`${field}[${key}]`, key, configKey))

function validateImmutable(object: Configuration, live: Configuration): StatusCause[] {
  if (!live.immutable) return []
  const why = 'field is immutable when `immutable` is set'
  const isChanged = (field: 'data' | 'binaryData') =>
    !equal((object[field] ?? null) as Json, (live[field] ?? null) as Json)
  return [
    ...unless(object.immutable, forbidden('immutable', why)),
    ...(['data', 'binaryData'] as const).filter(isChanged).map(field => forbidden(field, why)),
  ]
}
