import { SECRET_TYPE, SECRET_TYPE_LABEL } from '../argocd/cluster-secret.ts'
import { withinLists } from '../diff.ts'
import { Conflict } from '../failure.ts'
import { GRANT_ANNOTATION, HUB_ANNOTATION, MANAGED_BY, MANAGED_BY_LABEL, TARGET_ANNOTATION } from '../mark.ts'
import { clusterOver, distinct, selectorOf } from './api.ts'
import { type Cluster, FIELD_MANAGER, type KubernetesObject, kindOf, type ResourceAttributes } from './cluster.ts'
import type { Commands, Reply } from './commands.ts'
import { KubernetesError, TooLarge } from './errors.ts'

/**
 * Speaks to an API server from within the cluster, by ARM's run-command. Everything that is asked or answered passes through Azure
 * Resource Manager, so Secrets are read in part alone and no token is ever asked for.
 */
export function connectByRunCommand(name: string, commands: Commands): Cluster {
  const bodied = (flag: string, body: object) => ({ file: { flag, content: JSON.stringify(body) } })

  /** A call whose answer is wanted. */
  async function ask(args: string[], body?: object) {
    const request = { treatment: 'print' as const, arguments: args, ...(body ? bodied('--filename', body) : {}) }
    return JSON.parse(textOf(await commands.send(request), name, args))
  }

  /** A call that changes something: the answer would be the whole object, with all that others keep in it. */
  async function tell(args: string[], flag: string, body: object): Promise<void> {
    textOf(await commands.send({ treatment: 'discard', arguments: args, ...bodied(flag, body) }), name, args)
  }

  const api = clusterOver({
    get: path => ask(['get', '--raw', path]),
    create: (path, body) => ask(['create', '--raw', path], body),
    delete: (path, body) => tell(['delete', '--raw', path], '--filename', body),
    apply(path, object, live) {
      if (live) return patch(object, live)
      const collection = path.slice(0, path.lastIndexOf('/'))
      return tell(['create', '--raw', `${collection}?fieldManager=${FIELD_MANAGER}`], '--filename', object)
    },
  })

  /**
   * Not by `kubectl apply --server-side`: of an object that a plain `kubectl apply` made it would make us the owner whole, and then take
   * away all that we do not name
   * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#migration-between-client-side-and-server-side-apply).
   * The object's version makes sure that it is still the one that was read; a Secret, of which only a part is read, has none.
   */
  function patch(object: KubernetesObject, live: KubernetesObject): Promise<void> {
    const { name: objectName, namespace, resourceVersion } = live.metadata
    const { metadata, ...rest } = withinLists(object, live) as KubernetesObject
    const version = resourceVersion ? { resourceVersion } : {}
    const what = [kindOf(object).plural, objectName, ...(namespace ? ['--namespace', namespace] : [])]
    const flags = ['--type=merge', `--field-manager=${FIELD_MANAGER}`, '--output=json']
    return tell(['patch', ...what, ...flags], '--patch-file', { metadata: { ...metadata, ...version }, ...rest })
  }

  const foreknown = new Map<string, Promise<boolean[]>>()
  const readBefore = new Map<string, Promise<() => { one: KubernetesObject[] }>>()
  const ofAnyName = ({ name: _, ...question }: ResourceAttributes) => question

  return {
    name,
    commands,
    ...api,
    async read(reads, { questions = [], reads: later = [] } = {}) {
      for (const question of questions) foreknown.set(JSON.stringify(question), api.mayI([question]))
      for (const one of later) readBefore.set(JSON.stringify(one), settled(api.read({ one })))
      const objects = Object.entries(reads).map(async ([key, one]) => {
        const known = await readBefore.get(JSON.stringify(one))
        return [key, (known ? known() : await api.read({ one })).one] as const
      })
      const [entries] = await Promise.all([Promise.all(objects), ...foreknown.values(), ...readBefore.values()])
      return Object.fromEntries(entries) as { [K in keyof typeof reads]: KubernetesObject[] }
    },
    async clusterSecrets(namespace, { of, namesBeside }) {
      const send = async (selector: string) => {
        const args = ['get', 'secrets', '--namespace', namespace, selector, '--output', 'jsonpath-file=projection']
        const reply = await commands.send({
          treatment: 'cluster-secrets',
          arguments: args,
          files: { projection: PROJECTION, namespace: `${namespace}\n`, wanted: of.flatMap(bothForms).join('') },
        })
        return projected(textOf(reply, name, args), namespace)
      }
      const bySelectors = (selectors: string[]) => Promise.all(selectors.map(send)).then(found => found.flat())
      const named = (names: string[]) => names.map(name => `--field-selector=metadata.name=${name}`)
      const lists = [SECRET_TYPE, MANAGED_BY].map(labels => `--selector=${selectorOf(labels)}`)
      // One name costs less to look up at once than a command does.
      const names = namesBeside([])
      if (names.length === 1) return distinct(await bySelectors([...lists, ...named(names)]))
      const secrets = await bySelectors(lists)
      const listed = ['get', 'secrets', '--namespace', namespace, '--output', 'name']
      const there = new Set(
        textOf(await commands.send({ treatment: 'print', arguments: listed }), name, listed).split('\n'),
      )
      const beside = namesBeside(secrets).filter(name => there.has(`secret/${name}`))
      return distinct([...secrets, ...(await bySelectors(named(beside)))])
    },
    /** Nothing stays open between two commands. */
    async close() {},
    serviceAccountToken() {
      throw new Error('a token must not pass through run-command')
    },
    async mayI(questions) {
      const answers = questions.map(async question => {
        const known = foreknown.get(JSON.stringify(question)) ?? foreknown.get(JSON.stringify(ofAnyName(question)))
        const [allowed] = (await known) ?? []
        return allowed || (await api.mayI([question]))[0] === true
      })
      return Promise.all(answers)
    },
  }
}

/** An answer to look at later, as it came: a refusal of what turns out not to be wanted is nobody's concern. */
const settled = <T>(answer: Promise<T>): Promise<() => T> =>
  answer.then(
    value => () => value,
    error => () => {
      throw error
    },
  )

/** The reply of a kubectl call that succeeded. */
function textOf(reply: Reply, cluster: string, args: string[]): string {
  const call = `kubectl ${args.join(' ')}`
  if (reply.kind === 'too large') throw new TooLarge(`${call} on ${cluster} prints more than run-command lets through`)
  if (reply.exitCode === 0) return reply.text
  const message = reply.text.trim()
  const status = statusOf(message)
  const error = new KubernetesError(status, message, cluster, call)
  throw status === 409 ? new Conflict(message, error) : error
}

/** kubectl prints the reason of a Status, not its code. */
function statusOf(message: string): number {
  if (/\(Forbidden\)|is forbidden/.test(message)) return 403
  if (/\(NotFound\)|not find the requested resource/.test(message)) return 404
  if (/\(Conflict\)|Apply failed with/.test(message)) return 409
  if (/\(Unauthorized\)|must be logged in/.test(message)) return 401
  return 500
}

const escaped = (key: string) => key.replaceAll('.', '\\.')

/** What is read of a cluster Secret, one a line: nothing of it can be a secret. */
const FIELDS = [
  '.metadata.name',
  '.data.server',
  `.metadata.annotations.${escaped(TARGET_ANNOTATION)}`,
  '.data.name',
  '.type',
  `.metadata.annotations.${escaped(HUB_ANNOTATION)}`,
  `.metadata.annotations.${escaped(GRANT_ANNOTATION)}`,
  `.metadata.labels.${escaped(MANAGED_BY_LABEL)}`,
  `.metadata.labels.${escaped(SECRET_TYPE_LABEL)}`,
]
const PROJECTION = `{range .items[*]}${FIELDS.map(field => `{${field}}`).join('{"|"}')}{"\\n"}{end}`

/** A value as it stands in an annotation, and as it stands in `data`. */
const bothForms = (value: string): string[] => [`${value}\n`, `${Buffer.from(value).toString('base64')}\n`]

/** Builds Secrets again from a projection: a line each, and a wanted one's `config` in the next, behind a tab. */
function projected(text: string, namespace: string): KubernetesObject[] {
  const secrets: KubernetesObject[] = []
  for (const line of text.split('\n').filter(line => line !== '')) {
    if (line.startsWith('\t')) {
      if (line !== '\twithheld') secrets.at(-1)!.data.config = Buffer.from(line.slice(1)).toString('base64')
      continue
    }
    const [name = '', server, target, displayName, type, hub, grant, managedBy, secretType] = line.split('|')
    secrets.push({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name,
        namespace,
        labels: present({ [MANAGED_BY_LABEL]: managedBy, [SECRET_TYPE_LABEL]: secretType }),
        annotations: present({ [HUB_ANNOTATION]: hub, [TARGET_ANNOTATION]: target, [GRANT_ANNOTATION]: grant }),
      },
      type,
      data: present({ server, name: displayName }),
    })
  }
  return secrets
}

/** jsonpath prints nothing for what is not there. */
const present = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])))
