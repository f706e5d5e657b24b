import { join } from 'node:path'
import { type LiveValidationResult, LiveValidator } from 'oav/dist/lib/liveValidation/liveValidator.js'

/** An exchange with ARM as it went over the wire. */
export interface ArmExchange {
  method: string
  url: string
  request: { headers: Record<string, string>; body: string }
  response: { status: number; headers: Record<string, string>; body: string }
}

/** What the specs say of an exchange. */
export interface Verdict {
  /** As the specs call it; undefined where none of them has it. */
  operation: string | undefined
  /** The api-version that the request names; empty where it names none. */
  apiVersion: string
  /** The one that it was held to: the same, or the nearest that has the operation. */
  heldTo: string | undefined
  /** What is wrong with it, one sentence a fault. */
  requestFaults: string[]
  responseFaults: string[]
}

/** Holds exchanges against the specs. */
export type Validator = (exchange: ArmExchange) => Promise<Verdict>

/** Loads the documents in `specs/`, which takes a second. */
export async function openValidator(): Promise<Validator> {
  const complaints: string[] = []
  const oav = new LiveValidator(
    {
      directory: join(import.meta.dirname, 'specs'),
      swaggerPathsPattern: ['**/*.json'],
      git: { shouldClone: false },
      isPathCaseSensitive: false,
      isArmCall: true,
      loadValidatorInBackground: false,
    },
    (message, level) => level === 'error' && complaints.push(message),
  )
  await oav.initialize()
  // A document that it cannot read it passes over otherwise.
  if (complaints.length > 0) throw new Error(complaints.join('\n'))
  const versions = [...oav.operationSearcher.cache.values()].flatMap(provider => [...provider.keys()])
  const known = [...new Set(versions)].sort()

  /** The same version where it has the operation, else the next newer one that does, else the next older one. */
  function nearest({ method, url }: ArmExchange, apiVersion: string): string | undefined {
    const newer = known.filter(version => version > apiVersion)
    const older = known.filter(version => version < apiVersion).reverse()
    return [apiVersion, ...newer, ...older].find(
      version => oav.getOperationInfo({ method, url: named(url, version) }).error === undefined,
    )
  }

  return async exchange => {
    const { method, request, response } = exchange
    const apiVersion = new URL(exchange.url).searchParams.get('api-version') ?? ''
    const heldTo = apiVersion === '' ? undefined : nearest(exchange, apiVersion)
    if (heldTo === undefined) {
      return { operation: undefined, apiVersion, heldTo, requestFaults: [], responseFaults: [] }
    }
    const url = named(exchange.url, heldTo)
    const ofRequest = await oav.validateLiveRequest({ method, url, ...parsed(request) })
    const ofResponse = await oav.validateLiveResponse(
      { statusCode: String(response.status), ...parsed(response) },
      { method, url },
    )
    const operation = ofRequest.operationInfo.operationId
    return { operation, apiVersion, heldTo, requestFaults: faultsIn(ofRequest), responseFaults: faultsIn(ofResponse) }
  }
}

function named(address: string, apiVersion: string): string {
  const url = new URL(address)
  url.searchParams.set('api-version', apiVersion)
  return url.href
}

function parsed({ headers, body }: ArmExchange['request']) {
  return { headers, ...(body !== '' && { body: jsonOf(body) }) }
}

/** What is no JSON stays text, which no schema of an object takes. */
function jsonOf(body: string) {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

const faultsIn = ({ errors, runtimeException }: LiveValidationResult): string[] => [
  ...errors.map(({ code, message, pathsInPayload }) => `${code} at ${pathsInPayload.join(', ') || '/'}: ${message}`),
  ...(runtimeException ? [`${runtimeException.code}: ${runtimeException.message}`] : []),
]
