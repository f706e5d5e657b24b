import { SECRET_TYPE } from '../argocd/cluster-secret.ts'
import { bothPatches, mergePatch, withinLists } from '../diff.ts'
import { Conflict } from '../failure.ts'
import { MANAGED_BY } from '../mark.ts'
import { clusterOver, distinct, onStatus, selectorOf } from './api.ts'
import { type Cluster, FIELD_MANAGER, type KubernetesObject, kindOf, type ResourceAttributes } from './cluster.ts'
import type { Commands, Reply } from './commands.ts'
import { KubernetesError, TooLarge } from './errors.ts'
import { relinquished, without } from './ownership.ts'
import { readingOf } from './run-command-argo-cd.ts'
import { LOGINS_TEMPLATE, loginsIn } from './run-command-logins.ts'
import { type Projection, projection, projectionOfOurs } from './run-command-secrets.ts'

/**
 * Speaks to an API server from within the cluster, by ARM's run-command. Everything that is asked or answered passes through Azure
 * Resource Manager, so Secrets are read in part alone and no token is ever asked for.
 */
export function connectByRunCommand(name: string, commands: Commands): Cluster {
  const bodied = (flag: string, body: object) => ({ file: { flag, content: JSON.stringify(body) } })
  // In a merge patch null takes a field away; elsewhere what is undefined is not there to begin with.
  const withNulls = (body: object) => JSON.parse(JSON.stringify(body, (_, value) => value ?? null))

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
   * What server-side apply would take away goes all the same: what we said before and say no more.
   * The object's version makes sure that it is still the one that was read; a Secret, of which only a part is read, has none.
   */
  function patch(object: KubernetesObject, live: KubernetesObject): Promise<void> {
    const { name: objectName, namespace, resourceVersion } = live.metadata
    const left = without(live, relinquished(object, live))
    const { metadata, ...rest } = bothPatches(mergePatch(live, left), withinLists(object, left)) as KubernetesObject
    const version = resourceVersion ? { resourceVersion } : {}
    const what = [kindOf(object).plural, objectName, ...(namespace ? ['--namespace', namespace] : [])]
    const flags = ['--type=merge', `--field-manager=${FIELD_MANAGER}`, '--output=json']
    return tell(
      ['patch', ...what, ...flags],
      '--patch-file',
      withNulls({ metadata: { ...metadata, ...version }, ...rest }),
    )
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
    async clusterSecrets(namespace, { of, namesBeside, annotations }) {
      const send = async (selector: string, file: string, { template, parse }: Projection) => {
        const args = ['get', 'secrets', '--namespace', namespace, selector, '--output', `jsonpath-file=${file}`]
        const reply = await commands.send({
          treatment: 'cluster-secrets',
          arguments: args,
          files: { [file]: template, namespace: `${namespace}\n`, wanted: of.flatMap(bothForms).join('') },
        })
        return parse(textOf(reply, name, args), namespace)
      }
      const anybodys = projection()
      const named = (names: string[]) =>
        names.map(name => send(`--field-selector=metadata.name=${name}`, 'projection', anybodys))
      const registered = () => send(`--selector=${selectorOf(SECRET_TYPE)}`, 'projection', anybodys)
      const ours = () =>
        send(`--selector=${selectorOf(MANAGED_BY)}`, 'projection-of-ours', projectionOfOurs(annotations))
      // One name costs less to look up at once than a command does. Of ours most is known, so they come last and count.
      const names = namesBeside([])
      if (names.length === 1) return distinct((await Promise.all([registered(), ...named(names), ours()])).flat())
      const [clusters, made] = await Promise.all([registered(), ours()])
      const listed = ['get', 'secrets', '--namespace', namespace, '--output', 'name']
      const there = new Set(
        textOf(await commands.send({ treatment: 'print', arguments: listed }), name, listed).split('\n'),
      )
      const beside = namesBeside(distinct([...clusters, ...made])).filter(name => there.has(`secret/${name}`))
      return distinct([...clusters, ...(await Promise.all(named(beside))).flat(), ...made])
    },
    async argoCdObjects(kind, namespace, destination) {
      const send = async (within: string | undefined) => {
        const { parse, arguments: args, files } = readingOf(kind, within, destination)
        return parse(textOf(await commands.send({ treatment: 'print', arguments: args, files }), name, args))
      }
      const found = send(undefined).catch(onStatus(403, () => send(namespace)))
      return found.catch(onStatus(404, () => [])).catch(error => {
        // Page by page it is more to print, and takes more commands.
        if (error instanceof TooLarge) return api.argoCdObjects(kind, namespace, destination)
        throw error
      })
    },
    async clusterLogins(namespace, clientId) {
      const selector = `--selector=${selectorOf(SECRET_TYPE)}`
      const args = ['get', 'secrets', '--namespace', namespace, selector, '--output', 'go-template-file=logins']
      const files = { logins: LOGINS_TEMPLATE, client: `${clientId}\n` }
      return loginsIn(textOf(await commands.send({ treatment: 'cluster-logins', arguments: args, files }), name, args))
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
  if (/\(NotFound\)|not find the requested resource|doesn't have a resource type/.test(message)) return 404
  if (/\(Conflict\)|Apply failed with/.test(message)) return 409
  if (/\(Unauthorized\)|must be logged in/.test(message)) return 401
  return 500
}

/** A value as it stands in an annotation, and as it stands in `data`. */
const bothForms = (value: string): string[] => [`${value}\n`, `${Buffer.from(value).toString('base64')}\n`]
