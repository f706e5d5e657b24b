import { sorted } from './jsonpath.ts'

/** What this kubectl reads of an object. */
export interface KubernetesObject {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace?: string
    managedFields?: {
      operation: string
      fieldsV1: { 'f:metadata'?: { 'f:annotations'?: Record<string, object> } }
    }[]
  }
  [field: string]: unknown
}

/** An object as `--output=json` prints it: keys in alphabetical order, without managed fields, and escaped as Go escapes. */
export function printed(object: KubernetesObject): string {
  const { managedFields: _, ...metadata } = object.metadata
  const text = JSON.stringify(sorted({ ...object, metadata }), null, 4)
  return `${text.replace(/[<>&\u2028\u2029]/g, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}
