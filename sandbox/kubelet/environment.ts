import type { Administer } from '../administrator.ts'
import type { AksCluster, KubernetesObject } from '../world.ts'

/** What the sandbox reads of a container in a pod's spec. */
export interface Container {
  name: string
  env?: Variable[]
  envFrom?: object[]
  volumeMounts?: { name: string; mountPath: string }[]
}

interface Variable {
  name: string
  value?: string
  valueFrom?: {
    fieldRef?: { fieldPath: string }
    configMapKeyRef?: KeyReference
    secretKeyRef?: KeyReference
  }
}

interface KeyReference {
  name: string
  key: string
}

/** The variables of a container, as the kubelet sets them: https://kubernetes.io/docs/concepts/containers/container-environment */
export async function environmentOf(
  cluster: AksCluster,
  pod: KubernetesObject,
  { name, env = [], envFrom = [] }: Container,
  administer: Administer,
): Promise<Record<string, string>> {
  if (envFrom.length > 0) throw new Error(`the sandbox does not know envFrom, which container ${name} has`)
  const environment: Record<string, string> = { HOSTNAME: pod.metadata.name }
  for (const variable of env) {
    const value = variable.valueFrom ? await referred(variable, cluster, pod, administer) : (variable.value ?? '')
    if (value !== undefined) environment[variable.name] = expanded(value, environment)
  }
  return environment
}

async function referred(
  { name, valueFrom = {} }: Variable,
  cluster: AksCluster,
  pod: KubernetesObject,
  administer: Administer,
): Promise<string | undefined> {
  const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom
  if (fieldRef) return fieldOf(pod, fieldRef.fieldPath)
  const reference = configMapKeyRef ?? secretKeyRef
  if (!reference) throw new Error(`the sandbox does not know where the variable ${name} has its value from`)

  const path = `/api/v1/namespaces/${pod.metadata.namespace}/${configMapKeyRef ? 'configmaps' : 'secrets'}`
  const { status, body } = await administer(cluster, 'GET', `${path}/${reference.name}`)
  const { data = {} } = (status === 200 ? body : {}) as { data?: Record<string, string> }
  // Where it is not there, the world leaves it out: without it the container would not run.
  const value = data[reference.key]
  return value !== undefined && secretKeyRef ? Buffer.from(value, 'base64').toString() : value
}

function fieldOf(pod: KubernetesObject, path: string): string {
  const value = path
    .split('.')
    .reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], pod)
  if (typeof value !== 'string') throw new Error(`the sandbox's pods have no field ${path}`)
  return value
}

/** A reference to a variable that came before: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables */
const expanded = (value: string, environment: Record<string, string>): string =>
  value.replace(/\$\((\w+)\)/g, (whole, name) => environment[name] ?? whole)
